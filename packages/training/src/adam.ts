// biome-ignore-all lint/complexity/useLiteralKeys: TypeScript lets only a literal key reach what tfjs declares private
import { checkAbove, TapeheadError } from '@tapehead/core';
import { AdamOptimizer, dispose, scalar, serialization, tidy } from '@tensorflow/tfjs-core';
import type { NamedTensor } from './namedTensor.js';

/** The settings of Adam (Kingma & Ba 2015), under the names of tfjs. */
export interface AdamSettings {
  learningRate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
}

/**
 * tfjs's Adam, made to resume exactly: its own `setWeights` takes β₁ᵗ and β₂ᵗ from a power, which differs in the
 * last bits from the running float32 product that it trains with, and leaves the moments it replaces undisposed.
 */
export class ExactAdam extends AdamOptimizer {
  static override get className(): string {
    return 'ExactAdam';
  }

  /** Takes weights as `getWeights` gave them, and disposes those it had. */
  override async setWeights(weights: NamedTensor[]): Promise<void> {
    const replaced = [...this['accumulatedFirstMoment'], ...this['accumulatedSecondMoment']];
    await super.setWeights(weights);
    for (const { variable } of replaced) dispose(variable);
    tidy(() => {
      this['accBeta1'].assign(scalar(runningProduct(this.beta1, this.iterations + 1)));
      this['accBeta2'].assign(scalar(runningProduct(this.beta2, this.iterations + 1)));
    });
  }
}

serialization.registerClass(ExactAdam);

/** β multiplied by itself `count` − 1 times, each product rounded to float32. */
function runningProduct(beta: number, count: number): number {
  const factor = Math.fround(beta);
  let product = factor;
  for (let i = 1; i < count && product > 0; i++) product = Math.fround(product * factor);
  return product;
}

/**
 * Adam (Kingma & Ba 2015) through tfjs, able to resume bit for bit. The caller disposes it.
 * @throws TapeheadError `range` for a rate or an ε that is not above 0, a β outside [0, 1)
 */
export function adam({
  learningRate = 1e-3,
  beta1 = 0.9,
  beta2 = 0.999,
  epsilon = 1e-8,
}: Partial<AdamSettings> = {}): ExactAdam {
  checkAbove('learningRate', learningRate, 0);
  checkAbove('epsilon', epsilon, 0);
  for (const [name, value] of Object.entries({ beta1, beta2 })) {
    if (!(value >= 0 && value < 1)) {
      throw new TapeheadError('range', `${name}: expected a number in [0, 1), got ${value}`);
    }
  }
  return new ExactAdam(learningRate, beta1, beta2, epsilon);
}
