import {
  backend_util,
  getBackend,
  getKernel,
  type KernelConfig,
  engine as tfjs,
} from '@tensorflow/tfjs-core';
import { checkObject, checkOneOf } from './checks/options.js';
import { printable } from './checks/text.js';
import { TapeheadError } from './errors.js';
import type { Op } from './op/declare.js';
import type { Settings } from './op/kernel.js';

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

/** A registered forward kernel of an op. */
export interface RegisteredOp<S extends Settings> extends KernelConfig {
  /** Why it cannot take work of these sizes, if it cannot. */
  readonly obstacle?: (settings: S, backend: object) => string | undefined;
}

/**
 * {@link chooseEngine} for an op of these sizes.
 * @throws TapeheadError `argument` for an unknown engine, `backend` if `fused` is asked for and there is no way to run it
 */
export function engineOf<S extends Settings>(engine: Engine, op: Op<S>, settings: S): 'fused' | 'reference' {
  checkEngine(engine);
  if (engine === 'reference') return 'reference';
  const missing = obstacleTo(op);
  return chooseEngine(engine, missing, missing ?? obstacleToWork(op, settings));
}

/** Why the registered kernels of an op cannot take work of these sizes, if they cannot. */
export function obstacleToWork<S extends Settings>({ forward }: Op<S>, settings: S): string | undefined {
  const kernel: RegisteredOp<S> | undefined = getKernel(forward.name, getBackend());
  return kernel?.obstacle?.(settings, tfjs().backend);
}

/** Why an op has no kernels on the current backend. */
export function obstacleTo<S extends Settings>({ forward, module, backends }: Op<S>): string | undefined {
  const backend = getBackend();
  if (getKernel(forward.name, backend)) return undefined;
  if (!backends.includes(backend)) {
    return (
      `there are no kernels for the tfjs backend '${backend}'; ` +
      `choose one of ${backends} with useBackend of @tapehead/backend, then await registerFused() of ${module}`
    );
  }
  return (
    `no kernels are registered on the tfjs backend '${backend}'; ` +
    `on ${backends}, await registerFused() of ${module} first`
  );
}
