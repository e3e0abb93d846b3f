import { seedStream } from '@tapehead/controller';
import { checkEngine, checkOptions, type Engine, type EngineOption, TapeheadError } from '@tapehead/core';
import { type Tensor, Variable } from '@tensorflow/tfjs-core';
import { initializers, layers, type Shape } from '@tensorflow/tfjs-layers';
import { checkBoolean } from '../given.js';
import { checkSeed } from '../options.js';
import { checkName } from './given.js';

/** What every layer here takes. */
export interface PartArgs extends EngineOption {
  /** Name of the layer; its weights are `name/kernel` and so on. */
  readonly name?: string | undefined;
  /** `false` freezes the weights of the layer. */
  readonly trainable?: boolean | undefined;
  /** An integer; the same seed gives the same initial weights. Without one they differ each time. */
  readonly seed?: number | undefined;
}

/** The names of {@link PartArgs}, and what tfjs-layers adds when it loads a model. */
const ofEveryPart: readonly string[] = ['name', 'trainable', 'seed', 'engine', 'weights', 'customObjects'];

/** A layer of a step: it takes one tensor or several, and its weights start from a seed. */
export abstract class Part extends layers.Layer {
  /** What computes. Not stored in the config. */
  protected readonly engine: Engine;
  readonly #seed: number | undefined;

  /** @throws TapeheadError `argument` or `range`, naming the option */
  protected constructor(where: string, args: PartArgs, known: readonly string[]) {
    checkOptions(where, args, [...known, ...ofEveryPart]);
    const { name, trainable, seed, engine = 'auto', ...others } = args;
    checkName(name);
    if (trainable !== undefined) checkBoolean('trainable', trainable);
    checkSeed(seed);
    checkEngine(engine);
    super({
      ...others,
      ...(name === undefined ? {} : { name }),
      ...(trainable === undefined ? {} : { trainable }),
    });
    this.engine = engine;
    this.#seed = seed;
  }

  /** A fresh seed at each call, for initial values. */
  protected seeds(): () => number {
    return seedStream(this.#seed);
  }

  /** A weight of the layer; takes `initial`. */
  protected variable(name: string, initial: Tensor): Variable {
    const weight = this.addWeight(name, initial.shape, 'float32', initializers.zeros());
    weight.write(initial);
    initial.dispose();
    const made = weight.read();
    if (made instanceof Variable) return made;
    throw new Error('a weight of a tf.layers layer is a variable');
  }
}

/**
 * The shapes that a layer is applied to, one for each input.
 *
 * @param names of the inputs; those that end in `?` may all be missing
 * @throws TapeheadError `argument` where there are more or fewer
 */
export function shapesOf(where: string, given: Shape | Shape[], names: readonly string[]): Shape[] {
  return counted(where, isShape(given) ? [given] : given, names);
}

const isShape = (given: Shape | Shape[]): given is Shape => !Array.isArray(given[0]);

/** The tensors that a layer is called with, one for each input; see {@link shapesOf}. */
export function inputsOf(where: string, given: Tensor | Tensor[], names: readonly string[]): Tensor[] {
  return counted(where, Array.isArray(given) ? given : [given], names);
}

function counted<Input>(where: string, inputs: Input[], names: readonly string[]): Input[] {
  const required = names.filter((name) => !name.endsWith('?')).length;
  if (inputs.length === required || inputs.length === names.length) return inputs;
  const wanted = required === names.length ? `${required}` : `${required} or ${names.length}`;
  const list = names.map((name) => name.replace('?', '')).join(', ');
  throw new TapeheadError('argument', `${where}: expected ${wanted} inputs (${list}), got ${inputs.length}`);
}
