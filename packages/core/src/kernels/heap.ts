import type { TensorInfo } from '@tensorflow/tfjs-core';

/** A byte offset into the memory of a kernel. */
export type Pointer = number;

/** One call of a kernel: first reserve everything, then run the kernel. Pointers hold until the call ends. */
export interface KernelCall {
  readonly memory: WebAssembly.Memory;
  /** Where the kernel finds a tensor. */
  input(tensor: TensorInfo): Pointer;
  /** Where the kernel finds a tensor that it changes. */
  inPlace(tensor: TensorInfo): Pointer;
  /** Room for a result, not zeroed. */
  output(shape: readonly number[]): Pointer;
  /** A list of 32-bit integers, such as sizes or pointers. */
  integers(values: readonly number[]): Pointer;
  /** Room that only the call needs, aligned to 16, not zeroed. */
  room(bytes: number): Pointer;
}

/** A memory in which kernels run on the tensors of a backend. */
export interface Heap {
  readonly memory: WebAssembly.Memory;
  /** Whether the memory is the kernels' own, into which tensors are copied. */
  readonly own: boolean;
  /**
   * Runs `body`. Whatever happens, all that only the call needed is freed; if it throws, its outputs too.
   * @returns the outputs, in the order in which they were reserved
   */
  run(body: (call: KernelCall) => void): TensorInfo[];
}

/** Vectors of SIMD are 16 bytes long. */
export const ALIGNMENT = 16;

/** The next place where a vector may begin. */
export const aligned = (pointer: Pointer): Pointer => Math.ceil(pointer / ALIGNMENT) * ALIGNMENT;

/** The bytes of a WebAssembly memory of 32-bit pointers, less one page. */
export const MOST_BYTES = 2 ** 32 - 65_536;
