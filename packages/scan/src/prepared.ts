import {
  backend_util,
  getBackend,
  slice,
  squeeze,
  type Tensor,
  engine as tfjs,
  tidy,
} from '@tensorflow/tfjs-core';
import { type AnyStep, type Flattened, flattenStep } from './flat.js';
import { masked } from './mask.js';
import { type Flat, type Structure, signatureOf } from './nest.js';
import { type CompiledScan, compiledScan } from './run/compiled.js';
import { Obstacle } from './trace/obstacle.js';
import type { FlatStep, Leaf } from './trace/record.js';

/** What {@link prepare} needs to know of a call. */
export interface Call {
  /** What identifies the step between calls. */
  readonly key: object;
  readonly step: AnyStep;
  readonly x: Flat;
  readonly state: Flat;
  readonly mask: Tensor | undefined;
}

/** A step on lists, whether a mask belongs to its x or not. */
export interface Prepared {
  readonly run: FlatStep;
  readonly outputs: () => Structure;
}

/** The step of a call on lists of tensors; with a mask, that is the last of x. */
export function prepare({ step, x, state, mask }: Call): Prepared {
  const { run, outputs }: Flattened = flattenStep(step, x.structure, state);
  return { run: mask === undefined ? run : masked(run), outputs };
}

/** All tensors that a call goes over, `[batch, time, …]`: x, and the mask. */
export function inputsOf({ x, mask }: Call): Tensor[] {
  return mask === undefined ? [...x.leaves] : [...x.leaves, mask];
}

/** A compiled step, with the step that it was made from. */
export interface Compiled {
  readonly scan: CompiledScan;
  readonly outputs: () => Structure;
}

const compiled = new WeakMap<object, Map<string, Compiled | Obstacle>>();

/**
 * The compiled step of a call, on the current backend. It is compiled once for a step, a structure, shapes and dtypes;
 * batch and time may be others at each call.
 *
 * @returns the obstacle where it cannot be compiled
 */
export function compile(call: Call): Compiled | Obstacle {
  const made = compiled.get(call.key) ?? new Map<string, Compiled | Obstacle>();
  compiled.set(call.key, made);
  const history = tfjs().isTapeOn() ? 'kept' : 'none';
  const x = inputsOf(call).map((leaf) => leafOf(leaf, 2));
  const state = call.state.leaves.map((leaf) => leafOf(leaf, 1));
  const name = JSON.stringify([
    getBackend(),
    history,
    signatureOf(call.x.structure),
    signatureOf(call.state.structure),
    x,
    state,
  ]);
  const known = made.get(name);
  if (known && (known instanceof Obstacle || !known.scan.isStale())) return known;
  if (known) countStale();
  else if (made.size === 0 && typeof call.key === 'function') countSource(call.key);
  const result = attempt(call, x, state, history);
  made.set(name, result);
  return result;
}

function attempt(
  call: Call,
  x: readonly Leaf[],
  state: readonly Leaf[],
  history: 'kept' | 'none',
): Compiled | Obstacle {
  const prepared = prepare(call);
  try {
    const scan = compiledScan(prepared, prepared.run, x, state, history);
    return { scan, outputs: prepared.outputs };
  } catch (error) {
    takeFirstStep(call);
    if (error instanceof Obstacle) return error;
    throw error;
  }
}

/** A mistake that the step makes on its own tensors is told in their shapes, not in those of the trace. */
function takeFirstStep(call: Call): void {
  tidy(() => {
    const first = inputsOf(call).map((x) => squeeze(slice(x, [0, 0], [-1, 1]), [1]));
    prepare(call).run(first, [...call.state.leaves]);
  });
}

/** What one sequence has: the shape without the first `axes`. */
function leafOf({ shape, dtype }: Tensor, axes: number): Leaf {
  if (dtype === 'string' || dtype === 'complex64') throw new Error('leaves are numbers');
  return { shape: shape.slice(axes), dtype };
}

let stale = 0;

/** Warns once of steps that use tensors of each call. */
function countStale(): void {
  stale++;
  if (stale === MANY) {
    backend_util.warn(
      `tapehead: scan has compiled steps ${MANY} times again, because tensors that they use from outside were disposed. ` +
        'Pass tensors that are not the same at each call in x or in the state',
    );
  }
}

const sources = new Map<string, number>();

/** Functions of the same text before somebody is told: nets of one kind share theirs. */
const MANY = 20;

/** Warns once of functions that are made again for each call: each is compiled by itself. */
function countSource(step: object): void {
  const source = String(step);
  const count = (sources.get(source) ?? 0) + 1;
  sources.set(source, count);
  if (count === MANY) {
    backend_util.warn(
      `tapehead: scan has compiled ${MANY} functions with the same source text. If the step is made again for each call, ` +
        'define it once, outside the function that calls scan: a compiled step is kept with its function',
    );
  }
}
