import { engine, type NamedTensorMap, type Tensor } from '@tensorflow/tfjs-core';

/**
 * The part of tfjs's engine that `tf.customGrad` stands on. `customGrad` itself allows a single output; with
 * `registerGradient` the tape would make zeros as large as all that is kept.
 */
interface TapedEngine {
  runKernelFunc(call: {
    forwardFunc(): Tensor[];
    backwardsFunc(slopes: Tensor | Tensor[], saved: Tensor[]): Record<number, () => Tensor>;
    inputs: NamedTensorMap;
  }): Tensor[];
}

const isTaped = (candidate: object): candidate is TapedEngine =>
  'runKernelFunc' in candidate && typeof candidate.runKernelFunc === 'function';

interface Forward {
  readonly outputs: Tensor[];
  /** What `backward` needs. */
  readonly kept: readonly Tensor[];
}

/**
 * An op of several outputs, with its gradient. What is kept is given to the tape as it is, which disposes it: `save` of
 * `tf.customGrad` clones, and a clone is a copy on wasm.
 */
export function withGradient(
  inputs: NamedTensorMap,
  forward: () => Forward,
  backward: (slopes: Tensor[], kept: Tensor[]) => Record<number, () => Tensor>,
): Tensor[] {
  const tfjs = engine();
  const taped: object = tfjs;
  if (!isTaped(taped)) throw new Error('expected the engine of @tensorflow/tfjs-core 4');
  const kept: Tensor[] = [];
  const outputs = taped.runKernelFunc({
    forwardFunc() {
      const made = forward();
      kept.push(...made.kept.map((each) => tfjs.keep(each)));
      return made.outputs;
    },
    backwardsFunc: (slopes, saved) => backward(Array.isArray(slopes) ? slopes : [slopes], saved),
    inputs,
  });
  const node = tfjs.state.activeTape?.at(-1);
  if (node?.saved !== undefined && node.outputs[0] === outputs[0]) node.saved.push(...kept);
  else for (const each of kept) each.dispose();
  return outputs;
}
