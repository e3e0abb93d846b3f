import { engine, type NamedTensorMap, type Tensor } from '@tensorflow/tfjs-core';

/**
 * The part of tfjs's engine that `tf.customGrad` stands on. `customGrad` itself allows a single output; with
 * `registerGradient` the tape would make zeros as large as all that is kept.
 */
interface TapedEngine {
  runKernelFunc(call: {
    forwardFunc(backend: unknown, save: (tensors: Tensor[]) => void): Tensor[];
    backwardsFunc(slopes: Tensor | Tensor[], saved: Tensor[]): Record<number, () => Tensor>;
    inputs: NamedTensorMap;
  }): Tensor[];
}

const isTaped = (candidate: object): candidate is TapedEngine =>
  'runKernelFunc' in candidate && typeof candidate.runKernelFunc === 'function';

/** An op of several outputs, with its gradient: what `forward` saves is handed to `backward`. */
export function withGradient(
  inputs: NamedTensorMap,
  forward: (save: (tensors: Tensor[]) => void) => Tensor[],
  backward: (slopes: Tensor[], saved: Tensor[]) => Record<number, () => Tensor>,
): Tensor[] {
  const tfjs: object = engine();
  if (!isTaped(tfjs)) throw new Error('expected the engine of @tensorflow/tfjs-core 4');
  return tfjs.runKernelFunc({
    forwardFunc: (_, save) => forward(save),
    backwardsFunc: (slopes, saved) => backward(Array.isArray(slopes) ? slopes : [slopes], saved),
    inputs,
  });
}
