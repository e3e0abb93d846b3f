import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { SizesOf } from '../op/axes.js';
import type { Settings } from '../op/kernel.js';
import type { KernelCall, Pointer } from './heap.js';
import { type Functions, functionOf } from './library.js';

/** Where a kernel finds what it works on. */
export interface Places {
  /** The tensors that it takes, without the workspace. */
  readonly inputs: readonly Pointer[];
  readonly outputs: readonly Pointer[];
  /** What the forward pass leaves the backward pass, if the op keeps something. */
  readonly workspace: Pointer;
  /** Room that only this call needs, if it asked for some. */
  readonly room: Pointer;
  readonly call: KernelCall;
}

/** What a kernel does on a CPU, with tensors that have passed the guard. */
export interface CpuKernel<S extends Settings> {
  /** The bytes that only the call needs, in floating point. Default: none. */
  room?(functions: Functions, settings: S, call: KernelCall): number;
  /** Computes the outputs. */
  run(functions: Functions, settings: S, at: Places, given: readonly TensorInfo[]): void;
}

/** The kernels of an op on a CPU. */
export interface CpuOp<S extends Settings> {
  /** The bytes of the workspace, in floating point, for an op that keeps one. */
  workspace?(functions: Functions, settings: S, call: KernelCall): number;
  readonly forward: CpuKernel<S>;
  readonly backward: CpuKernel<S>;
}

/** What the functions of an op are called in its module. */
export interface FunctionNames {
  readonly forward: string;
  readonly backward: string;
  /** Counts the bytes of the workspace, in f64, for an op that keeps one. */
  readonly workspace?: string;
  /** Counts the bytes of the room that only a call needs, in f64, if it needs some. */
  readonly room?: string;
}

/**
 * Kernels whose functions in the module take the sizes, the workspace and the room where there are some, the inputs and
 * the outputs: `addressHeads(B, H, N, M, S, workspace, …inputs, …outputs)`.
 */
export function byFunctions<L extends string>(
  letters: readonly L[],
  names: FunctionNames,
): CpuOp<SizesOf<L>> {
  const sizesOf = (sizes: SizesOf<L>): number[] => letters.map((letter) => sizes[letter]);
  const bytesBy = (name: string) => (functions: Functions, sizes: SizesOf<L>) =>
    functionOf(functions, name)(...sizesOf(sizes));
  const kernel = (name: string): CpuKernel<SizesOf<L>> => ({
    ...(names.room === undefined ? {} : { room: bytesBy(names.room) }),
    run(functions, sizes, { inputs, outputs, workspace, room }) {
      const kept = names.workspace === undefined ? [] : [workspace];
      const passing = names.room === undefined ? [] : [room];
      functionOf(functions, name)(...sizesOf(sizes), ...kept, ...passing, ...inputs, ...outputs);
    },
  });
  return {
    ...(names.workspace === undefined ? {} : { workspace: bytesBy(names.workspace) }),
    forward: kernel(names.forward),
    backward: kernel(names.backward),
  };
}
