import type { BackendValues, DataType, TensorInfo } from '@tensorflow/tfjs-core';
import { copyingHeap } from './copyingHeap.js';
import type { Heap } from './heap.js';

/** What of tfjs-backend-cpu is used: the tensors are typed arrays. */
interface CpuBackend {
  readonly data: { get(dataId: object): { values: BackendValues } };
  makeTensorInfo(shape: readonly number[], dtype: DataType, values: Float32Array): TensorInfo;
}

function isCpuBackend(backend: object): backend is CpuBackend {
  return 'data' in backend && 'makeTensorInfo' in backend;
}

/** Runs kernels in a memory of their own, into which tensors of tfjs-backend-cpu are copied, and out of it. */
export function cpuHeap(backend: object): Heap {
  if (!isCpuBackend(backend)) throw new Error('expected the backend of @tensorflow/tfjs-backend-cpu 4.22');
  return copyingHeap({
    read({ dataId }) {
      const { values } = backend.data.get(dataId);
      return values instanceof Float32Array ? values : numbersOf(values);
    },
    write({ dataId }, values) {
      backend.data.get(dataId).values = values.slice();
    },
    make: (shape, values) => backend.makeTensorInfo(shape, 'float32', values.slice()),
  });
}

/** A cast from integers to float32 leaves the integers behind a float32 tensor on this backend. */
function numbersOf(values: BackendValues): Float32Array {
  if (ArrayBuffer.isView(values)) return Float32Array.from(values);
  throw new Error('expected a tensor of numbers');
}
