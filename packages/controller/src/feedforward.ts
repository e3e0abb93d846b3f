import { checkInteger, checkObject, checkOneOf, checkRoom, floatsOf, floatsOfShape } from '@tapehead/core';
import { add, matMul, relu, type Tensor2D, tanh, tidy, zeros } from '@tensorflow/tfjs-core';
import { checkContext, checkSize } from './checks.js';
import type { BuiltController, ControllerContext, ControllerSize } from './types.js';
import { glorotUniform } from './variables.js';

/** A feed-forward controller carries nothing: what it knows of the past, it reads from the memory. */
export type FeedforwardState = Record<string, never>;

/** What a layer of a feed-forward controller does with `x·kernel + bias`: tanh, or max(0, ·). */
export type FeedforwardActivation = 'tanh' | 'relu';

/** Sizes of a feed-forward controller, and the activation of its layers. */
export interface FeedforwardSize extends ControllerSize {
  /** Default `tanh`. */
  readonly activation?: FeedforwardActivation;
}

/**
 * Layers of `h = tanh(x·kernel + bias)`, or of `h = relu(x·kernel + bias)`; without state.
 * Variables of layer l: `l.kernel`, Glorot-uniform at the start, and `l.bias`, 0 at the start.
 *
 * @throws TapeheadError `range` for bad sizes and for sizes that no memory holds, `argument` for a context without what
 * it needs and for an unknown activation. `step` refuses an input that does not fit
 */
export function feedforward(
  context: ControllerContext,
  size: FeedforwardSize,
): BuiltController<FeedforwardState> {
  checkContext(context);
  checkSize('feedforward', context, size, (width) => size.controllerSize * (width + 1), ['activation']);
  const { inputSize, variable, nextSeed } = context;
  const { controllerSize: units, layers = 1, activation = 'tanh' } = size;
  checkOneOf('activation', activation, ['tanh', 'relu']);
  const activate = activation === 'tanh' ? tanh<Tensor2D> : relu<Tensor2D>;
  const stack = Array.from({ length: layers }, (_, l) => ({
    kernel: variable(`${l}.kernel`, glorotUniform(l === 0 ? inputSize : units, units, nextSeed())),
    bias: variable(`${l}.bias`, zeros([units])),
  }));
  const layer = (below: Tensor2D, { kernel, bias }: (typeof stack)[number]): Tensor2D =>
    activate(add<Tensor2D>(matMul(below, floatsOf('kernel', kernel)), floatsOf('bias', bias)));
  return {
    outputSize: units,
    initialState(batch) {
      checkInteger('batch', batch);
      return {};
    },
    step(x, state) {
      checkObject('state', state, 'an object without fields');
      const output = tidy(() => {
        const input = floatsOfShape('x', x, ['batch', inputSize], `inputSize ${inputSize}`);
        const [batch] = input.shape;
        checkRoom(
          `step of batch ${batch}, controllerSize ${units} and ${layers} layers`,
          4 * 3 * layers * batch * units,
          'take a smaller batch',
          4 * batch * units,
        );
        return stack.reduce(layer, input);
      });
      return { output, state };
    },
  };
}
