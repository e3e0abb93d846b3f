import { sigmoid, softmax, type Tensor, tanh } from '@tensorflow/tfjs-core';

/** What makes the output of the logits, as `config.outputActivation` of a net says. */
export type ActivationName = 'linear' | 'sigmoid' | 'softmax' | 'tanh';

/** An activation of each number by itself: y = a(x), and dy/dx as a function of y. */
export interface NumberActivation {
  of(x: number): number;
  slopeAt(y: number): number;
}

interface Activation {
  activate(logits: Tensor): Tensor;
  /** Left out where a number of the output depends on other logits too. */
  readonly byNumber?: NumberActivation;
}

export const activations: Readonly<Record<ActivationName, Activation>> = {
  linear: { activate: (logits) => logits, byNumber: { of: (x) => x, slopeAt: () => 1 } },
  sigmoid: {
    activate: sigmoid,
    byNumber: { of: (x) => 1 / (1 + Math.exp(-x)), slopeAt: (y) => y * (1 - y) },
  },
  tanh: { activate: tanh, byNumber: { of: Math.tanh, slopeAt: (y) => 1 - y * y } },
  softmax: { activate: (logits) => softmax(logits) },
};

/** The activation that the settings of a model name; none where they name none that is known here. */
export function activationOf(config: object | undefined): ActivationName | undefined {
  const name: unknown = Reflect.get(config ?? {}, 'outputActivation');
  return isActivation(name) ? name : undefined;
}

function isActivation(name: unknown): name is ActivationName {
  return typeof name === 'string' && Object.hasOwn(activations, name);
}
