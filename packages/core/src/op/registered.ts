import { getBackend, getKernel, type Tensor, engine as tfjs } from '@tensorflow/tfjs-core';
import type { RegisteredKernel } from '../engine.js';
import { applyTo } from './apply.js';
import type { Op } from './declare.js';
import type { Settings } from './kernel.js';

/** A registered forward kernel of an op. */
export interface RegisteredOp<S extends Settings> extends RegisteredKernel {
  /** Why it cannot take work of these sizes, if it cannot. */
  readonly obstacleTo?: (settings: S, backend: object) => string | undefined;
}

/** What the engine choice needs of a registered op whose settings follow from its inputs. */
export function choices<S extends Settings>(
  op: Op<S> | undefined,
  obstacleTo: NonNullable<RegisteredOp<S>['obstacleTo']>,
): Pick<RegisteredOp<S>, 'obstacle' | 'apply' | 'obstacleTo'> {
  if (op?.names === undefined) return { obstacleTo };
  return {
    obstacleTo,
    obstacle: (inputs: readonly Tensor[]) => obstacleTo(op.settingsOf({}, inputs), tfjs().backend),
    apply: (inputs: readonly Tensor[]) => applyTo(op, inputs),
  };
}

/** Why the registered kernels of an op cannot take work of these sizes, if they cannot. */
export function obstacleToWork<S extends Settings>({ forward }: Op<S>, settings: S): string | undefined {
  const kernel: RegisteredOp<S> | undefined = getKernel(forward.name, getBackend());
  return kernel?.obstacleTo?.(settings, tfjs().backend);
}
