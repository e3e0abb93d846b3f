import type { BackendValues, DataType, TensorInfo } from '@tensorflow/tfjs-core';
import type { Heap, Pointer } from './heap.js';

/** What of tfjs-backend-cpu is used: the tensors are typed arrays. */
interface CpuBackend {
  readonly data: { get(dataId: object): { readonly values: BackendValues } };
  makeTensorInfo(shape: number[], dtype: DataType, values: Float32Array): TensorInfo;
}

function isCpuBackend(backend: object): backend is CpuBackend {
  return 'data' in backend && 'makeTensorInfo' in backend;
}

const PAGE = 65_536;
/** Vectors of SIMD are 16 bytes long. */
const ALIGNMENT = 16;

/** Runs kernels in a memory of their own, into which tensors of tfjs-backend-cpu are copied, and out of it. */
export function cpuHeap(backend: object): Heap {
  if (!isCpuBackend(backend)) throw new Error('expected the backend of @tensorflow/tfjs-backend-cpu 4.22');
  const memory = new WebAssembly.Memory({ initial: 1 });
  const valuesOf = ({ dataId }: TensorInfo): Float32Array => {
    const { values } = backend.data.get(dataId);
    if (values instanceof Float32Array) return values;
    throw new Error('kernels take float32 tensors');
  };
  return {
    memory,
    call() {
      let top = ALIGNMENT;
      const outputs: { shape: number[]; pointer: Pointer; size: number }[] = [];
      const changed: { values: Float32Array; pointer: Pointer }[] = [];
      const reserve = (bytes: number): Pointer => {
        const pointer = top;
        top += Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
        const missing = top - memory.buffer.byteLength;
        if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
        return pointer;
      };
      const copyIn = (values: Float32Array): Pointer => {
        const pointer = reserve(values.byteLength);
        new Float32Array(memory.buffer, pointer, values.length).set(values);
        return pointer;
      };
      return {
        input: (tensor) => copyIn(valuesOf(tensor)),
        inPlace(tensor) {
          const values = valuesOf(tensor);
          const pointer = copyIn(values);
          changed.push({ values, pointer });
          return pointer;
        },
        output(shape) {
          const size = shape.reduce((product, each) => product * each, 1);
          const pointer = reserve(4 * size);
          outputs.push({ shape, pointer, size });
          return pointer;
        },
        integers(values) {
          const pointer = reserve(4 * values.length);
          new Int32Array(memory.buffer, pointer, values.length).set(values);
          return pointer;
        },
        room: reserve,
        finish() {
          for (const { values, pointer } of changed) {
            values.set(new Float32Array(memory.buffer, pointer, values.length));
          }
          return outputs.map(({ shape, pointer, size }) =>
            backend.makeTensorInfo(shape, 'float32', new Float32Array(memory.buffer, pointer, size).slice()),
          );
        },
      };
    },
  };
}
