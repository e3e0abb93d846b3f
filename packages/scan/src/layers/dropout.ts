import { dispose, ones, dropout as randomDropout, scalar, type Tensor } from '@tensorflow/tfjs-core';
import type { RNN } from '@tensorflow/tfjs-layers';

/** A cell of tfjs-layers: `call([x, ...states])` gives the output and the next states. */
export type Cell = RNN['cell'];

/** What a cell multiplies x and its first state by, at all steps of a call: `[batch, width]` each, or none. */
export interface DropoutMasks {
  readonly dropout: readonly Tensor[];
  readonly recurrentDropout: readonly Tensor[];
}

/** The fields in which a cell keeps such masks. */
const fields = { dropout: 'dropoutMask', recurrentDropout: 'recurrentDropoutMask' } as const;

type Kind = keyof typeof fields;

/** A cell of tfjs: it multiplies by what it finds in these fields, and draws it where it finds nothing. */
export function isKnown(cell: Cell): boolean {
  return ['LSTMCell', 'GRUCell', 'SimpleRNNCell'].includes(cell.getClassName());
}

/** A rate that counts: tfjs's cells take one of 1 for none. */
function rateOf(cell: Cell, kind: Kind): number {
  const rate = isKnown(cell) ? Number(cell.getConfig()[kind]) : 0;
  return rate > 0 && rate < 1 ? rate : 0;
}

/** The masks of a call. */
export function drawMasks(
  cell: Cell,
  training: boolean,
  { x, state }: Readonly<Record<'x' | 'state', readonly number[]>>,
): DropoutMasks {
  const draw = (kind: Kind, shape: readonly number[]) => {
    const rate = training ? rateOf(cell, kind) : 0;
    return rate > 0 ? [randomDropout(ones([...shape]), rate)] : [];
  };
  return { dropout: draw('dropout', x), recurrentDropout: draw('recurrentDropout', state) };
}

/** Calls a cell with given masks; without any, it multiplies by 1. */
export function callerOf(cell: Cell, training: boolean): (inputs: Tensor[], masks: DropoutMasks) => Tensor[] {
  const isOne = cell.getClassName() === 'SimpleRNNCell';
  const kinds = (['dropout', 'recurrentDropout'] as const).filter((kind) => rateOf(cell, kind) > 0);
  return (inputs, masks) => {
    for (const kind of kinds) {
      const mask = masks[kind][0] ?? scalar(1);
      Reflect.set(cell, fields[kind], isOne ? mask : [mask]);
    }
    try {
      const given = cell.call(inputs, { training });
      return Array.isArray(given) ? given : [given];
    } finally {
      for (const kind of kinds) Reflect.set(cell, fields[kind], null);
    }
  };
}

/** Disposes what a cell has kept of a call of its own. */
export function forgetMasks(cell: Cell): void {
  for (const field of Object.values(fields)) {
    const kept = cell[field];
    if (kept == null) continue;
    dispose(kept);
    Reflect.set(cell, field, null);
  }
}

/** Whether cells within a cell would draw masks by themselves, in the middle of a step. */
export function drawsInStep(cell: Cell): boolean {
  const { cells } = cell.getConfig();
  return Array.isArray(cells) && /"(d|recurrentD)ropout":0?\.\d/.test(JSON.stringify(cells));
}
