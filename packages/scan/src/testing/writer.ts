import { mul, type Tensor, tanh, tensor, tidy } from '@tensorflow/tfjs-core';
import { countOf, type Shape } from '../graph/graph.js';
import type { Draws } from './draws.js';

/** A tensor that a line of a random step makes. */
export interface Entry {
  /** Its number among the tensors of the step. */
  readonly id: number;
  /** What axis 0 has of each sequence; 0 where a tensor is the same for all. */
  readonly lead: number;
  /** With the batch of the example. */
  readonly shape: Shape;
  readonly dtype: 'float32' | 'int32';
  /** Whole numbers are smaller. */
  readonly below: number;
}

/** Reads the tensor of an entry. */
export type Read = (entry: Entry) => Tensor;

/** One op, or a few, of what is there before. */
export type Run = (read: Read, batch: number) => Tensor;

interface Line {
  readonly text: string;
  readonly run: Run;
}

/** The batch of the examples. It is no size of a leaf. */
export const exampleBatch = 11;
const mostNumbers = 700;
const mostAxes = 4;

/** Writes the lines of a random step, each run on examples at once: that gives its shape, and keeps its numbers tame. */
export class Writer {
  readonly entries: Entry[] = [];
  readonly lines: Line[] = [];
  readonly draws: Draws;
  /** Whether each op must have a gradient in tfjs. */
  readonly gradients: boolean;
  #examples: Tensor[] = [];

  constructor(draws: Draws, gradients: boolean) {
    this.draws = draws;
    this.gradients = gradients;
  }

  /** What the step takes. */
  given(example: Tensor, below = 0): Entry {
    return this.#enter(example, 1, below);
  }

  /** A captured tensor. */
  captured(shape: Shape, scale = 1): Entry {
    const numbers = Float32Array.from(
      { length: countOf(shape) },
      () => (2 * this.draws.fraction() - 1) * scale,
    );
    const made = tensor(numbers, [...shape]);
    this.lines.push({ text: `${this.entries.length} [${shape}] captured`, run: () => made });
    return this.#enter(made, 0, 0);
  }

  #enter(example: Tensor, lead: number, below: number): Entry {
    const dtype = example.dtype === 'float32' ? 'float32' : 'int32';
    const entry = { id: this.entries.length, lead, shape: example.shape, dtype, below } as const;
    this.#examples.push(example);
    this.entries.push(entry);
    return entry;
  }

  /**
   * Adds a line, unless tfjs refuses it, its tensor is large, or its numbers are wild.
   *
   * @param lead of the tensor that comes out
   */
  write(text: string, lead: number, run: Run, below = 0): Entry | undefined {
    const read: Read = ({ id }) => this.#examples[id] ?? tensor(0);
    let example: Tensor;
    try {
      example = tidy(() => run(read, exampleBatch));
    } catch {
      return undefined;
    }
    const { shape } = example;
    const count = countOf(shape) / (lead > 0 ? exampleBatch : 1);
    const most = Float32Array.from(example.dataSync()).reduce(
      (all, each) => Math.max(all, Math.abs(each)),
      0,
    );
    const fits = lead === 0 || shape[0] === lead * exampleBatch;
    if (!fits || count > (lead > 0 ? mostNumbers : 8000) || count < 1 || shape.length > mostAxes)
      return undefined;
    if (!Number.isFinite(most) || most > 1e3) return undefined;
    this.lines.push({ text: `${this.entries.length} [${lead}·b | ${shape}] ${text}`, run });
    const entry = this.#enter(example, lead, below);
    if (entry.dtype !== 'float32') return entry;
    if (most > 3) {
      // Where tanh and sigmoid are flat, float32 knows little of their slopes.
      const factor = 1 / Math.ceil(most);
      return this.write(`${entry.id} · ${factor.toFixed(3)}`, lead, (read) => mul(read(entry), factor));
    }
    return this.draws.chance(0.1) ? this.write(`tanh ${entry.id}`, lead, (read) => tanh(read(entry))) : entry;
  }

  /** Tensors of each sequence, the latest ones more often. */
  row(): Entry {
    const rows = this.rows();
    const back = this.draws.chance(0.5) ? Math.min(rows.length, 4) : rows.length;
    const entry = rows[rows.length - 1 - this.draws.below(back)] ?? this.entries[0];
    if (!entry) throw new Error('a step takes no tensor');
    return entry;
  }

  rows(): Entry[] {
    return this.entries.filter(({ lead, dtype }) => lead > 0 && dtype === 'float32');
  }

  shared(): Entry[] {
    return this.entries.filter(({ lead, dtype }) => lead === 0 && dtype === 'float32');
  }

  integers(): Entry[] {
    return this.entries.filter(({ lead, dtype }) => lead > 0 && dtype === 'int32');
  }
}
