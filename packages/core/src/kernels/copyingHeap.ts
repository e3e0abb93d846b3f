import type { TensorInfo } from '@tensorflow/tfjs-core';
import { TapeheadError } from '../errors.js';
import { sizeOf } from '../op/kernel.js';
import { ALIGNMENT, aligned, type Heap, type KernelCall, MOST_BYTES, type Pointer } from './heap.js';

/** How the tensors of a backend are read, changed and made. */
export interface TensorAccess {
  /** The numbers of a float32 tensor, to be read at once. */
  read(tensor: TensorInfo): Float32Array;
  write(tensor: TensorInfo, values: Float32Array): void;
  make(shape: readonly number[], values: Float32Array): TensorInfo;
}

const PAGE = 65_536;

/** Runs kernels in a memory of their own, into which tensors are copied, and out of it. */
export function copyingHeap({ read, write, make }: TensorAccess): Heap {
  const memory = new WebAssembly.Memory({ initial: 1 });
  return {
    memory,
    own: true,
    run(body) {
      let top = ALIGNMENT;
      const outputs: { shape: readonly number[]; pointer: Pointer }[] = [];
      const changed: { tensor: TensorInfo; pointer: Pointer }[] = [];
      const reserve = (bytes: number): Pointer => {
        const pointer = top;
        const end = aligned(top + bytes);
        grow(memory, end);
        top = end;
        return pointer;
      };
      const copyIn = (tensor: TensorInfo): Pointer => {
        const values = read(tensor);
        const pointer = reserve(values.byteLength);
        floatsAt(pointer, tensor).set(values);
        return pointer;
      };
      const floatsAt = (pointer: Pointer, shaped: { readonly shape: readonly number[] }): Float32Array =>
        new Float32Array(memory.buffer, pointer, sizeOf(shaped));
      const call: KernelCall = {
        memory,
        input: copyIn,
        inPlace(tensor) {
          const pointer = copyIn(tensor);
          changed.push({ tensor, pointer });
          return pointer;
        },
        output(shape) {
          const pointer = reserve(4 * sizeOf({ shape }));
          outputs.push({ shape, pointer });
          return pointer;
        },
        integers(values) {
          const pointer = reserve(4 * values.length);
          new Int32Array(memory.buffer, pointer, values.length).set(values);
          return pointer;
        },
        room: reserve,
      };
      body(call);
      for (const { tensor, pointer } of changed) write(tensor, floatsAt(pointer, tensor));
      return outputs.map((output) => make(output.shape, floatsAt(output.pointer, output)));
    },
  };
}

function grow(memory: WebAssembly.Memory, bytes: number): void {
  const missing = bytes - memory.buffer.byteLength;
  if (missing <= 0) return;
  try {
    if (bytes > MOST_BYTES) throw new RangeError('beyond 32-bit pointers');
    memory.grow(Math.ceil(missing / PAGE));
  } catch (cause) {
    throw new TapeheadError(
      'range',
      `a kernel needs ${Math.ceil(bytes / 1e6)} MB, and there is no memory of that size; take shorter sequences or a smaller batch`,
      { cause },
    );
  }
}
