import {
  grads,
  mul,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  tidy,
} from '@tensorflow/tfjs-core';
import { expectClose } from './close.js';
import { type GoldenCase, tensorOf } from './golden.js';

/** Values agree to 1e-5 of the largest: what is left of float32's 6e-8 after the sums of a few hundred products. */
export const valueTolerance = 1e-5;

/** Gradients agree to 1e-4: they pass through the same sums once more, and through divisions by small norms. */
export const gradientTolerance = 1e-4;

/** The inputs of a golden case by name, as tensors of the rank that a formula wants. */
export class GoldenInputs {
  constructor(private readonly tensors: ReadonlyMap<string, Tensor>) {}

  any(name: string): Tensor {
    const found = this.tensors.get(name);
    if (found === undefined) throw new Error(`the case has no ${name}`);
    return found;
  }

  vector(name: string): Tensor1D {
    const found = this.any(name);
    if (isRank1(found)) return found;
    throw new Error(`${name} is no vector`);
  }

  matrix(name: string): Tensor2D {
    const found = this.any(name);
    if (isRank2(found)) return found;
    throw new Error(`${name} is no matrix`);
  }

  cube(name: string): Tensor3D {
    const found = this.any(name);
    if (isRank3(found)) return found;
    throw new Error(`${name} has not three axes`);
  }
}

const isRank1 = (tensor: Tensor): tensor is Tensor1D => tensor.rank === 1;
const isRank2 = (tensor: Tensor): tensor is Tensor2D => tensor.rank === 2;
const isRank3 = (tensor: Tensor): tensor is Tensor3D => tensor.rank === 3;

/** Asserts that `formula` gives the golden output, and the golden gradient for each of its inputs. */
export function expectGolden(golden: GoldenCase, formula: (inputs: GoldenInputs) => Tensor): void {
  tidy(() => {
    const names = Object.keys(golden.inputs);
    const points = names.map((name) => tensorOf(golden.inputs[name] ?? []));
    const run = (...at: Tensor[]): Tensor =>
      formula(new GoldenInputs(new Map(at.map((each, i) => [names[i] ?? '', each]))));
    expectClose(run(...points), golden.output, valueTolerance, `${golden.function}: output`);
    const cotangent = tensorOf(golden.cotangent);
    const gradients = grads((...at: Tensor[]) => sum(mul(run(...at), cotangent)))(points);
    for (const [i, name] of names.entries()) {
      expectClose(
        gradients[i] ?? [],
        golden.gradients[name] ?? [],
        gradientTolerance,
        `${golden.function}: d/d ${name}`,
      );
    }
  });
}
