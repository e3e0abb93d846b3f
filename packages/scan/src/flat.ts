import { TapeheadError, textOf } from '@tapehead/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { checkStructure, type Flat, flatten, inOrderOf, rebuild, type Structure } from './nest.js';
import type { FlatStep } from './trace/record.js';

/** A step as the caller wrote it, its types aside. */
export type AnyStep = (x: unknown, state: unknown) => unknown;

/** A step on lists, and the structure of its output once it has run. */
export interface Flattened {
  readonly run: FlatStep;
  readonly outputs: () => Structure;
}

/**
 * The step on lists of tensors. It checks all that the caller's step returns, each time it runs.
 *
 * @param state the state that enters: its structure and its paths
 */
export function flattenStep(
  step: AnyStep,
  x: Structure,
  state: Pick<Flat, 'structure' | 'paths'>,
): Flattened {
  // Those of what the step returns.
  const paths = state.paths.map((path) => path.replace('initialState', 'state'));
  let first: (Flat & { readonly texts: readonly string[] }) | undefined;
  return {
    run(xs, states) {
      const returned = step(rebuild(x, xs), rebuild(state.structure, states));
      if ([...xs, ...states].some(({ isDisposed }) => isDisposed)) {
        throw new TapeheadError('argument', 'step: disposed of x or of its state; leave both to scan');
      }
      const batch = xs[0]?.shape[0] ?? 0;
      const made = partsOf(returned);
      checkBatch(made.output, batch);
      first ??= { ...made.output, texts: textsOf(made.output, batch) };
      checkStructure('output', made.output.structure, first.structure, asBefore);
      const outputs = inOrderOf(made.output, first.paths);
      checkTexts({ ...made.output, leaves: outputs, paths: first.paths }, first.texts, batch);
      return { outputs, state: nextState(made.state, { structure: state.structure, paths }, states, batch) };
    },
    outputs() {
      if (first) return first.structure;
      throw new Error('the step has not run');
    },
  };
}

function partsOf(returned: unknown): { readonly output: Flat; readonly state: Flat } {
  if (isPair(returned)) {
    return { output: flatten('output', returned.output), state: flatten('state', returned.state) };
  }
  const got = returned instanceof Promise ? 'a promise; a step cannot wait' : textOf(returned);
  throw new TapeheadError('argument', `step: expected it to return { output, state }, got ${got}`);
}

function isPair(given: unknown): given is { readonly output: unknown; readonly state: unknown } {
  return typeof given === 'object' && given !== null && 'output' in given && 'state' in given;
}

function checkBatch({ leaves, paths }: Flat, batch: number): void {
  for (const [i, { shape }] of leaves.entries()) {
    if (shape[0] !== batch) throw wrongShape(paths[i], '[batch, …], as x has it', shape, batch);
  }
}

const asBefore = 'as at the step before';

const textsOf = ({ leaves }: Flat, batch: number): string[] =>
  leaves.map(({ shape, dtype }) => `${shapeText(shape, batch)} and ${dtype}`);

function checkTexts(flat: Flat, wanted: readonly string[], batch: number): void {
  for (const [i, text] of textsOf(flat, batch).entries()) {
    if (text === wanted[i]) continue;
    throw new TapeheadError(
      'shape',
      `${flat.paths[i]}, returned by step: expected shape ${wanted[i]}, ${asBefore}, got ${text}`,
    );
  }
}

/** The leaves of the next state in the order of those before. */
function nextState(
  next: Flat,
  { structure, paths }: Pick<Flat, 'structure' | 'paths'>,
  before: readonly Tensor[],
  batch: number,
): Tensor[] {
  checkStructure('state', next.structure, structure, 'as it was given');
  const ordered = inOrderOf(next, paths);
  for (const [i, { shape, dtype }] of before.entries()) {
    const after = ordered[i];
    if (after === undefined) throw new Error('the structures are the same');
    if (shape.join() !== after.shape.join()) {
      throw wrongShape(paths[i], `${shapeText(shape, batch)}, as it was given`, after.shape, batch);
    }
    if (dtype !== after.dtype) {
      throw new TapeheadError(
        'argument',
        `${paths[i]}, returned by step: expected ${dtype}, as it was given, got ${after.dtype}`,
      );
    }
  }
  return ordered;
}

function wrongShape(
  path: string | undefined,
  wanted: string,
  got: readonly number[],
  batch: number,
): TapeheadError {
  return new TapeheadError(
    'shape',
    `${path}, returned by step: expected shape ${wanted}, got ${shapeText(got, batch)}`,
  );
}

/** The batch by name: a step is also traced with batches that nobody asked for. */
function shapeText([first, ...others]: readonly number[], batch: number): string {
  if (first === undefined) return '[]';
  return `[${[first === batch ? 'batch' : first, ...others].join(', ')}]`;
}
