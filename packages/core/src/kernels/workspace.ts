import { ALIGNMENT, aligned, type KernelCall, type Pointer } from './heap.js';

// A tensor of tfjs-backend-wasm begins at any multiple of 8 bytes. Kernels are a tenth slower where the vectors of a
// workspace lie across cache lines, so it begins at the next multiple of 16. The tape of tfjs copies the tensor to where
// that is another distance: its last word tells the distance.

/** The bytes of the tensor that holds a workspace of `bytes` bytes. */
export const held = (bytes: number): number => bytes + ALIGNMENT;

/** Where a workspace begins in a new tensor of `bytes` bytes. */
export function begun({ memory }: KernelCall, tensor: Pointer, bytes: number): Pointer {
  const begin = aligned(tensor);
  lastWord(memory, tensor, bytes)[0] = begin - tensor;
  return begin;
}

/** Where it begins in one that was made before: within the tensor, whatever its last word is. */
export function found({ memory }: KernelCall, tensor: Pointer, bytes: number): Pointer {
  const [distance = 0] = lastWord(memory, tensor, bytes);
  return tensor + (distance & (ALIGNMENT - 4));
}

function lastWord({ buffer }: WebAssembly.Memory, tensor: Pointer, bytes: number): Int32Array {
  return new Int32Array(buffer, tensor + bytes - 4, 1);
}
