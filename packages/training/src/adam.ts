// biome-ignore-all lint/complexity/useLiteralKeys: TypeScript lets only a literal key reach what tfjs declares private
import { checkFraction, checkOptions, TapeheadError } from '@tapehead/core';
import { AdamOptimizer, type NamedTensorMap, scalar, serialization, tidy } from '@tensorflow/tfjs-core';
import { changesOf } from './changes.js';
import type { NamedTensor } from './namedTensor.js';
import { readWeights } from './optimizerWeights.js';
import { checkPositive } from './positive.js';
import { Slots } from './slots.js';

/** The settings of Adam (Kingma & Ba 2015), under the names of tfjs. */
export interface AdamSettings {
  learningRate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
}

/** The parts of a slot, in the order in which they are saved: the running means of g and g². */
const parts = ['m', 'v'] as const;

/**
 * tfjs's Adam, with two differences. It resumes exactly: tfjs's own `setWeights` takes β₁ᵗ and β₂ᵗ from a power, which
 * differs in the last bits from the running float32 product that it trains with. And its moments belong to variables, by
 * their names: tfjs's own go by position, so that other gradients, or another order, take foreign moments.
 *
 * The correction of the bias counts all updates of the optimizer, as in tfjs.
 */
export class ExactAdam extends AdamOptimizer {
  static override get className(): string {
    return 'ExactAdam';
  }

  /** The learning rate. It may be changed at any time, to a number above 0, and it is saved with a checkpoint. */
  declare learningRate: number;

  readonly #slots = new Slots<(typeof parts)[number]>((make) => ({ m: make('m'), v: make('v') }));

  /** @throws TapeheadError as `adam` does */
  constructor(learningRate: number, beta1: number, beta2: number, epsilon: number) {
    checkSettings({ learningRate, beta1, beta2, epsilon });
    super(learningRate, beta1, beta2, epsilon);
  }

  /**
   * One update of the variables that the gradients name.
   * @throws TapeheadError before anything is changed: `argument` for a name that no variable has and for what is no
   * tensor of numbers, `shape` for a gradient of another shape than its variable, `range` for a rate not above 0
   */
  override applyGradients(gradients: NamedTensorMap | NamedTensor[]): void {
    checkPositive('learningRate', this.learningRate);
    if (this['accBeta1'].isDisposed) {
      throw new TapeheadError(
        'argument',
        'adam: expected an optimizer that is in use, got one that was disposed',
      );
    }
    tidy(() => {
      const changes = changesOf(gradients);
      const slots = this.#slots.of(changes.map(({ variable }) => variable));
      // tfjs's Adam takes the i-th of each list for the i-th gradient.
      const listOf = (part: (typeof parts)[number]) =>
        slots.map(({ name, moments }) => ({ originalName: `${name}/${part}`, variable: moments[part] }));
      this['accumulatedFirstMoment'] = listOf('m');
      this['accumulatedSecondMoment'] = listOf('v');
      super.applyGradients(
        changes.map(({ variable, gradient }) => ({ name: variable.name, tensor: gradient })),
      );
    });
  }

  /** The number of steps, then m of each variable, then v of each. The tensors stay the optimizer's, but for the first. */
  override async getWeights(): Promise<NamedTensor[]> {
    const iterations = await this.saveIterations();
    const slots = this.#slots.all();
    const weights = parts.flatMap((part) =>
      slots.map(({ name, moments }) => ({ name: `${name}/${part}`, tensor: moments[part] })),
    );
    return [iterations, ...weights];
  }

  /**
   * Continues from what `getWeights` gave. The tensors stay the caller's.
   * @throws TapeheadError before anything is changed: `argument` unless they are a count, `iter`, and `NAME/m` and
   * `NAME/v` of variables that exist; `shape` where they have another shape than the variable
   */
  override async setWeights(weights: NamedTensor[]): Promise<void> {
    const stored = await readWeights(weights, parts);
    this.#slots.restore(stored);
    this.iterations_ = stored.iterations;
    tidy(() => {
      this['accBeta1'].assign(scalar(runningProduct(this.beta1, stored.iterations + 1)));
      this['accBeta2'].assign(scalar(runningProduct(this.beta2, stored.iterations + 1)));
    });
  }

  /** Takes what tf.loadLayersModel read, which then gives the weights in the order of the model's variables. */
  static override fromConfig<T extends serialization.Serializable>(
    cls: serialization.SerializableConstructor<T>,
    config: serialization.ConfigDict,
  ): T {
    const made = AdamOptimizer.fromConfig(cls, config);
    if (#slots in made) made.#slots.inOrder = true;
    return made;
  }

  /** Frees the moments. */
  override dispose(): void {
    this.#slots.dispose();
    this['accumulatedFirstMoment'] = [];
    this['accumulatedSecondMoment'] = [];
    super.dispose();
  }
}

serialization.registerClass(ExactAdam);

/** β multiplied by itself `count` − 1 times, each product rounded to float32. */
function runningProduct(beta: number, count: number): number {
  const factor = Math.fround(beta);
  let product = factor;
  for (let i = 1; i < count; i++) {
    const next = Math.fround(product * factor);
    if (next === product) break;
    product = next;
  }
  return product;
}

/**
 * Adam (Kingma & Ba 2015) through tfjs, able to resume bit for bit. The caller disposes it.
 * @throws TapeheadError `range` for a rate or an ε that is not above 0, a β outside [0, 1); `argument` for an unknown
 * setting
 */
export function adam(settings: Partial<AdamSettings> = {}): ExactAdam {
  checkOptions('adam', settings, ['learningRate', 'beta1', 'beta2', 'epsilon']);
  const { learningRate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = settings;
  return new ExactAdam(learningRate, beta1, beta2, epsilon);
}

function checkSettings({ learningRate, beta1, beta2, epsilon }: AdamSettings): void {
  checkPositive('learningRate', learningRate);
  checkPositive('epsilon', epsilon);
  checkFraction('beta1', beta1);
  checkFraction('beta2', beta2);
}
