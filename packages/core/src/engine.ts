import { backend_util, getBackend, getKernel, type KernelConfig, type Tensor } from '@tensorflow/tfjs-core';
import { checkObject, checkOneOf } from './checks/options.js';
import { printable } from './checks/text.js';
import { TapeheadError } from './errors.js';

/**
 * What computes: `reference`, the equations as short compositions of tfjs ops; `fused`, a kernel, and an error that says
 * why where there is none; `auto`, the kernel where one is registered on the tfjs backend of the moment.
 */
export type Engine = 'auto' | 'fused' | 'reference';

/** How an op computes. */
export interface EngineOption {
  /** Default `auto`. */
  readonly engine?: Engine | undefined;
}

/** @throws TapeheadError `argument` unless it is an engine */
export function checkEngine(engine: Engine): void {
  checkOneOf('engine', engine, ['auto', 'fused', 'reference']);
}

/**
 * The engine of an op that has no other option. With a single name to mean, it needs no search for the nearest.
 *
 * @param where the op
 * @throws TapeheadError `argument` for another option, and for an unknown engine
 */
export function engineOption(where: string, options: EngineOption): Engine {
  checkObject(where, options, 'an object of options');
  const unknown = Object.keys(options).find((name) => name !== 'engine');
  if (unknown !== undefined) {
    throw new TapeheadError(
      'argument',
      `${where}: unknown option '${printable(unknown, 60)}', did you mean 'engine'?`,
    );
  }
  const { engine = 'auto' } = options;
  checkEngine(engine);
  return engine;
}

const said = new Set<string>();

/**
 * What an engine comes to on the tfjs backend of this moment. Where the kernels are there and `auto` goes without because
 * the work is too large for a GPU, it says so, once.
 * @param missing why there are no kernels, where there are none
 * @param tooLarge why they cannot take this work, where they cannot
 * @throws TapeheadError `backend` where `fused` is asked for and there is none
 */
export function chooseEngine(
  engine: Engine,
  missing: string | undefined,
  tooLarge?: string,
): 'fused' | 'reference' {
  if (engine === 'reference') return 'reference';
  const obstacle = missing ?? tooLarge;
  if (obstacle === undefined) return 'fused';
  if (engine === 'fused') throw new TapeheadError('backend', `engine: 'fused' is not there: ${obstacle}`);
  if (missing === undefined && !said.has(obstacle)) {
    said.add(obstacle);
    backend_util.warn(`tapehead: the slower reference engine, because ${obstacle}`);
  }
  return 'reference';
}

/** The kernel of an op. */
export interface OpKernel {
  readonly name: string;
  /** The module whose `registerFused` registers it on webgpu, wasm and cpu. */
  readonly module: string;
}

/** A registered kernel that cannot take every size. */
export interface LimitedKernel extends KernelConfig {
  /** Why it cannot take these inputs, if it cannot. */
  readonly obstacle?: (inputs: readonly Tensor[]) => string | undefined;
}

/**
 * {@link chooseEngine} for an op of these tensors.
 * @throws TapeheadError `argument` for an unknown engine, `backend` where `fused` is asked for and there is none
 */
export function engineOf(
  engine: Engine,
  { name, module }: OpKernel,
  tensors: readonly Tensor[],
): 'fused' | 'reference' {
  checkEngine(engine);
  const kernel: LimitedKernel | undefined = getKernel(name, getBackend());
  const missing = obstacleTo(name, module, 'webgpu, wasm and cpu') ?? obstacleIn(tensors);
  return chooseEngine(engine, missing, missing ?? kernel?.obstacle?.(tensors));
}

/**
 * Why a kernel is not there on the backend of this moment.
 * @param backends those for which there is one
 */
export function obstacleTo(kernelName: string, module: string, backends: string): string | undefined {
  const backend = getBackend();
  if (getKernel(kernelName, backend)) return undefined;
  return (
    `no kernels are registered on the tfjs backend '${backend}'; ` +
    `on ${backends}, await registerFused() of ${module} first`
  );
}

function obstacleIn(tensors: readonly Tensor[]): string | undefined {
  const odd = tensors.find(({ dtype, size }) => dtype !== 'float32' || size === 0);
  return odd && `kernels take float32 tensors that are not empty, got ${odd.dtype} [${odd.shape}]`;
}
