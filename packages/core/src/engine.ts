import { backend_util, getBackend, getKernel, type KernelConfig, type Tensor } from '@tensorflow/tfjs-core';
import { checkObject, checkOneOf } from './checks/options.js';
import { printable } from './checks/text.js';
import { TapeheadError } from './errors.js';

/**
 * What computes: `reference`, the equations as short compositions of tfjs ops; `fused`, a kernel, and an error that says
 * why if there is none; `auto`, the kernel if one is registered on the current tfjs backend.
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
 * Resolves `engine` for the current tfjs backend. Where kernels are registered and `auto` cannot use them because the work
 * is too large, it warns once.
 * @param missing why there are no kernels, if there are none
 * @param tooLarge why they cannot take this work, if they cannot
 * @throws TapeheadError `backend` if `fused` is asked for and there is no way to run it
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
    backend_util.warn(`tapehead: using the slower reference engine, because ${obstacle}`);
  }
  return 'reference';
}

/** An op that may have kernels, by name. What it takes and gives is declared beside its kernels, not here. */
export interface OpName {
  /** Such as `Address`. */
  readonly name: string;
  /** The version of the package that declares it. */
  readonly version: string;
  /** The module whose `registerFused` registers its kernels. */
  readonly module: string;
  /** The backends that have kernels of it. Default `webgpu, wasm and cpu`. */
  readonly backends?: string;
}

/** A registered forward kernel, and what core needs of it beside what tfjs does. */
export interface RegisteredKernel extends KernelConfig {
  /** Why it cannot take these tensors, if it cannot. */
  readonly obstacle?: (inputs: readonly Tensor[]) => string | undefined;
  /** The op with its gradient. */
  readonly apply?: (inputs: readonly Tensor[]) => Tensor[];
}

/**
 * The name of a kernel in tfjs's registry. The version keeps two versions on one page from taking each other's kernels.
 */
export function kernelName({ name, version }: Pick<OpName, 'name' | 'version'>): string {
  return `Tapehead${name}@${version}`;
}

/** The name of the tfjs backend on which `scan` traces a step, without numbers. */
export const traceBackend = 'tapehead-trace';

/**
 * Resolves `engine` for an op of these tensors on the current backend. In a step that `scan` traces it is the reference: the
 * op is compiled with the step.
 * @returns the op by kernels, with its gradient, to be called in a tidy; undefined for the reference
 * @throws TapeheadError `backend` if `fused` is asked for and there is no way to run it
 */
export function kernelFor(
  engine: Engine,
  op: OpName,
  inputs: readonly Tensor[],
): RegisteredKernel['apply'] | undefined {
  if (engine === 'reference' || getBackend() === traceBackend) return undefined;
  const kernel: RegisteredKernel | undefined = getKernel(kernelName(op), getBackend());
  const missing = obstacleTo(op);
  const chosen = chooseEngine(engine, missing, missing ?? kernel?.obstacle?.(inputs));
  return chosen === 'fused' ? kernel?.apply : undefined;
}

/** Why an op has no kernels on the current backend. */
export function obstacleTo(op: OpName): string | undefined {
  const backend = getBackend();
  if (getKernel(kernelName(op), backend)) return undefined;
  const { module, backends = 'webgpu, wasm and cpu' } = op;
  return (
    `no kernels are registered on the tfjs backend '${backend}'; ` +
    `on ${backends}, await registerFused() of ${module} first`
  );
}
