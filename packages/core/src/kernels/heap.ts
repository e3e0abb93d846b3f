import type { TensorInfo } from '@tensorflow/tfjs-core';

/** A byte offset into the memory of a kernel. */
export type Pointer = number;

/**
 * One call of a kernel: reserve everything, then run the kernel, then `finish`. Pointers hold until then.
 * All tensors are float32.
 */
export interface KernelCall {
  /** Where the kernel finds a tensor. */
  input(tensor: TensorInfo): Pointer;
  /** Where the kernel finds a tensor that it changes. */
  inPlace(tensor: TensorInfo): Pointer;
  /** Room for a result, not zeroed. */
  output(shape: number[]): Pointer;
  /** A list of 32-bit integers, such as sizes or pointers. */
  integers(values: readonly number[]): Pointer;
  /** Room that only the call needs, not zeroed. */
  room(bytes: number): Pointer;
  /** Frees what only the call needed. @returns the outputs, in the order in which they were reserved */
  finish(): TensorInfo[];
}

/** A memory in which kernels run on the tensors of a backend. */
export interface Heap {
  readonly memory: WebAssembly.Memory;
  call(): KernelCall;
}
