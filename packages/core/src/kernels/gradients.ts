import { registerGradient, type Tensor } from '@tensorflow/tfjs-core';
import { backwardOf, refuseSecondOrder, secondOrder } from '../op/apply.js';
import type { Op } from '../op/declare.js';
import type { Settings } from '../op/kernel.js';

/** Tells tfjs's tape how an op of several outputs goes back, and that no backward pass has a gradient of its own. */
export function registerGradients<S extends Settings>(op: Op<S>): void {
  registerGradient({
    kernelName: op.backward.name,
    gradFunc() {
      throw secondOrder(op.name);
    },
  });
  const { names } = op;
  if (names === undefined || names.outputs.length === 1) return;
  registerGradient({
    kernelName: op.forward.name,
    inputsToSave: op.again.map((name) => String(names.inputs.indexOf(name))),
    outputsToSave: [...names.outputs.map(() => false), op.keeps],
    gradFunc(slopes: Tensor | Tensor[], saved: Tensor[], attributes: object) {
      refuseSecondOrder(op.name);
      const settings = op.settingsOf({ ...attributes }, undefined);
      // tfjs has a slope, of zeros, for the workspace too.
      const wanted = (Array.isArray(slopes) ? slopes : [slopes]).slice(0, op.outputs(settings).length);
      const gradients = backwardOf(op, settings, saved, [], wanted);
      return Object.fromEntries(gradients.map((each, i) => [i, () => each]));
    },
  });
}
