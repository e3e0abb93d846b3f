import { type ControllerFactory, glorotUniform } from '@tapehead/controller';
import {
  add,
  concat,
  matMul,
  mul,
  sigmoid,
  sub,
  type Tensor2D,
  tanh,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';

/** A controller as a user writes one (Cho et al. 2014): z, r = σ([x, h]·gates), h' = z h + (1 − z) tanh([x, r h]·candidate). */
export function gru(units: number): ControllerFactory<{ h: Tensor2D }> {
  return ({ inputSize, variable, nextSeed }) => {
    const kernel = (name: string) => variable(name, glorotUniform(inputSize + units, units, nextSeed()));
    const weightsOf = { update: kernel('update'), reset: kernel('reset'), candidate: kernel('candidate') };
    const product = (inputs: Tensor2D[], name: keyof typeof weightsOf) =>
      matMul<Tensor2D>(concat(inputs, 1), weightsOf[name]);
    return {
      outputSize: units,
      initialState: (batch) => ({ h: zeros([batch, units]) }),
      step(x, { h }) {
        const output = tidy(() => {
          const z = sigmoid(product([x, h], 'update'));
          const r = sigmoid(product([x, h], 'reset'));
          const candidate = tanh(product([x, mul(r, h)], 'candidate'));
          return add<Tensor2D>(mul(z, h), mul(sub(1, z), candidate));
        });
        return { output, state: { h: output } };
      },
    };
  };
}
