import type { Controller, ControllerState, LstmCell } from '@tapehead/controller';
import { asCube, type Floats, floatsOfShape, TapeheadError, textOf } from '@tapehead/core';
import { Tensor, tidy } from '@tensorflow/tfjs-core';
import { isRecord } from './given.js';
import type { NtmConfig } from './options.js';
import type { NtmState } from './step.js';

/** A state as a caller gives it: that of a step before, or other tensors or arrays of the same shapes. */
export type NtmStateLike = {
  readonly controller: ControllerState;
  /** `[batch, N, M]` */
  readonly memory: Floats;
  /** `[batch, R, N]` */
  readonly readWeights: Floats;
  /** `[batch, W, N]` */
  readonly writeWeights: Floats;
  /** `[batch, R, M]` */
  readonly reads: Floats;
};

/** The state of an LSTM as a caller gives it: h and c of each layer, `[batch, size]`. */
export type LstmStateLike = { readonly cells: readonly { readonly h: Floats; readonly c: Floats }[] };

/**
 * The state that a net goes on with, all of it checked and float32. Of a controller of your own the tensors are left as they
 * are: each must be alive, and where those of `initialState(batch)` have the batch as their first axis, so must these.
 *
 * @throws TapeheadError `argument` for what is no state, `shape` where the shapes do not fit
 */
export function stateOf(state: NtmStateLike, config: NtmConfig, own: Controller, batch: number): NtmState {
  const { memorySize, memoryDim, readHeads, writeHeads } = config;
  if (!isRecord(state)) {
    throw new TapeheadError(
      'argument',
      `state: expected that of a step before, or of initialState(batch), got ${textOf(state)}${hintFor(state)}`,
    );
  }
  const missing = partNames.find((name) => !(name in state));
  if (missing !== undefined) {
    throw new TapeheadError(
      'argument',
      `state.${missing}: expected it beside the other parts; complete a state with { ...initialState(batch), ...state }`,
    );
  }
  const part = (name: 'memory' | 'readWeights' | 'writeWeights' | 'reads', sizes: Record<string, number>) => {
    const note = ['batch', ...Object.keys(sizes)].join(', ');
    return asCube(floatsOfShape(`state.${name}`, state[name], [batch, ...Object.values(sizes)], note));
  };
  return {
    memory: part('memory', { memorySize, memoryDim }),
    readWeights: part('readWeights', { readHeads, memorySize }),
    writeWeights: part('writeWeights', { writeHeads, memorySize }),
    reads: part('reads', { readHeads, memoryDim }),
    controller: controllerStateOf(state.controller, config, own, batch),
  };
}

const partNames = ['memory', 'readWeights', 'writeWeights', 'reads', 'controller'] as const;

/** The original takes a memory. */
const hintFor = (state: unknown): string =>
  state instanceof Tensor || Array.isArray(state)
    ? '; for a memory of your own pass { ...initialState(batch), memory }'
    : '';

function controllerStateOf(
  given: ControllerState,
  { controller: kind, layers, controllerSize }: NtmConfig,
  own: Controller,
  batch: number,
): ControllerState {
  switch (kind) {
    case 'lstm': {
      const sizes = { layers, size: controllerSize, batch };
      return { cells: cellsOf('state.controller', given, sizes, 'batch, controllerSize') };
    }
    case 'feedforward':
      if (isRecord(given) && Object.keys(given).length === 0) return given;
      throw new TapeheadError(
        'argument',
        `state.controller: expected {}, because a feed-forward controller has no state, got ${textOf(given)}`,
      );
    case 'own':
      checkOwn('state.controller', given, { start: tidy(() => own.initialState(batch)), batch });
      return given;
  }
}

/** h and c of each layer of an LSTM. */
export function cellsOf(
  name: string,
  given: unknown,
  { layers, size, batch }: { readonly layers: number; readonly size: number; readonly batch: number },
  note: string,
): LstmCell[] {
  const cells: unknown = isRecord(given) ? given.cells : undefined;
  if (!Array.isArray(cells)) {
    throw new TapeheadError(
      'argument',
      `${name}: expected the cells of an LSTM of ${layers} layers, as initialState(batch) gives them, got ${textOf(given)}`,
    );
  }
  if (cells.length !== layers) {
    throw new TapeheadError(
      'argument',
      `${name}.cells: expected one for each of ${layers} layers, as initialState(batch) gives them, got ${cells.length}`,
    );
  }
  return Array.from(cells, (cell: unknown, l) => {
    const at = `${name}.cells[${l}]`;
    if (!isCell(cell)) {
      throw new TapeheadError('argument', `${at}: expected the h and c of a layer, got ${textOf(cell)}`);
    }
    return {
      h: floatsOfShape(`${at}.h`, cell.h, [batch, size], note),
      c: floatsOfShape(`${at}.c`, cell.c, [batch, size], note),
    };
  });
}

function isCell(given: unknown): given is { readonly h: Floats; readonly c: Floats } {
  return isRecord(given) && 'h' in given && 'c' in given;
}

/** Compares the state of a custom controller with its start. */
function checkOwn(
  name: string,
  given: unknown,
  { start, batch }: { readonly start: unknown; readonly batch: number },
  seen = new Set<unknown>(),
): void {
  if (seen.has(given)) return;
  if (given instanceof Tensor) {
    checkOwnTensor(name, given, start, batch);
    return;
  }
  if (start instanceof Tensor || (isContainer(start) && !isContainer(given))) {
    const wanted = start instanceof Tensor ? 'a tensor' : 'an object';
    throw new TapeheadError(
      'argument',
      `${name}: expected ${wanted}, as initialState(batch) gives it, got ${textOf(given)}`,
    );
  }
  if (!isContainer(given)) return;
  seen.add(given);
  const starts = isContainer(start) ? start : {};
  for (const key of new Set([...Object.keys(given), ...Object.keys(starts)])) {
    const at = Array.isArray(given) ? `${name}[${key}]` : `${name}.${key}`;
    checkOwn(at, Reflect.get(given, key), { start: Reflect.get(starts, key), batch }, seen);
  }
}

function checkOwnTensor(name: string, given: Tensor, start: unknown, batch: number): void {
  if (given.isDisposed) {
    throw new TapeheadError('argument', `${name}: expected a tensor, got a tensor that was disposed`);
  }
  const hasBatch = start instanceof Tensor && start.shape[0] === batch;
  if (!hasBatch || given.shape[0] === batch) return;
  throw new TapeheadError(
    'shape',
    `${name}: expected ${batch} sequences along the first axis, as initialState(${batch}) has them, ` +
      `got shape [${given.shape.join(', ')}]`,
  );
}

function isContainer(given: unknown): given is object {
  return typeof given === 'object' && given !== null && !(given instanceof Tensor);
}
