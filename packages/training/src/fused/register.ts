import { hasFunctions, type KernelBody, registerKernels } from '@tapehead/core/kernels';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { modules } from '../generated/gravesRmsProp.js';
import { registerGpu } from './gpu.js';
import { kernelNames } from './kernels.js';

/** The doors of the assembled module: see assembly/gravesRmsProp.ts. Pointers are bytes, counts are floats. */
interface Doors {
  sumOfSquares(gradient: number, count: number): number;
  gravesRmsProp(
    next: number,
    parameter: number,
    gradient: number,
    squares: number,
    means: number,
    updates: number,
    count: number,
    rate: number,
    decay: number,
    momentum: number,
    epsilon: number,
    scale: number,
    bound: number,
  ): void;
}

const hasDoors = (exports: object): exports is Doors =>
  hasFunctions(exports, ['sumOfSquares', 'gravesRmsProp']);

/**
 * Registers the kernels of Graves's RMSProp and of the global norm on the webgpu, wasm and cpu backends: from then on the
 * optimizer and the loop run on them. Once is enough; it may come before or after a backend is chosen.
 *
 * @throws TapeheadError `backend` where the engine has no WebAssembly SIMD
 */
export async function registerFused(): Promise<void> {
  registerGpu();
  await registerKernels(modules, hasDoors, { [kernelNames.norm]: norm, [kernelNames.graves]: graves });
}

/** Any number of gradients to their norm, `[1]`. */
const norm: KernelBody<Doors> = ({ heap, doors }, gradients) => {
  const call = heap.call();
  const result = call.output([1]);
  const pointers = gradients.map((gradient) => call.input(gradient));
  const squares = gradients.map((gradient, i) => doors.sumOfSquares(pointers[i] ?? 0, countOf(gradient)));
  const sum = squares.reduce((total, each) => total + each, 0);
  new Float32Array(heap.memory.buffer, result, 1)[0] = Math.sqrt(sum);
  return call.finish();
};

/** Parameter, gradient, n, ḡ and Δ, one group after the other, to the new parameters. */
const graves: KernelBody<Doors> = ({ heap, doors }, tensors, attributes) => {
  const setting = (name: string): number => Number(attributes[name]);
  const settings = [
    setting('learningRate'),
    setting('decay'),
    setting('momentum'),
    setting('epsilon'),
    setting('scale'),
    setting('bound'),
  ] as const;
  const call = heap.call();
  const updates = groupsOf(tensors).map(({ parameter, gradient, n, gBar, delta }) => ({
    next: call.output(parameter.shape),
    given: [call.input(parameter), call.input(gradient)] as const,
    moments: [call.inPlace(n), call.inPlace(gBar), call.inPlace(delta)] as const,
    count: countOf(parameter),
  }));
  for (const { next, given, moments, count } of updates) {
    doors.gravesRmsProp(next, ...given, ...moments, count, ...settings);
  }
  return call.finish();
};

function countOf({ shape }: TensorInfo): number {
  return shape.reduce((product, each) => product * each, 1);
}

interface Group {
  parameter: TensorInfo;
  gradient: TensorInfo;
  n: TensorInfo;
  gBar: TensorInfo;
  delta: TensorInfo;
}

function groupsOf(tensors: readonly TensorInfo[]): Group[] {
  const groups: Group[] = [];
  for (let i = 0; i < tensors.length; i += 5) {
    const [parameter, gradient, n, gBar, delta] = tensors.slice(i, i + 5);
    if (!parameter || !gradient || !n || !gBar || !delta) throw new Error('five tensors a parameter');
    groups.push({ parameter, gradient, n, gBar, delta });
  }
  return groups;
}
