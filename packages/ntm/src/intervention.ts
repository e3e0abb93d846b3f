import type { HeadParameters } from '@tapehead/addressing';
import { checkFunction, checkObject, checkOptions, type Floats, floatsOfShape } from '@tapehead/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { WriteParameters } from './heads.js';

/** Tensors or arrays instead of each of these tensors. */
export type Instead<Said> = { readonly [Name in keyof Said]: Floats };

/**
 * Changes what heads say before they act on it, to see what follows: a gate held shut, a shift forced. Each function
 * gets the parameters of all heads of a step and returns them, or others of the same shapes.
 */
export interface Intervention {
  /** What the read heads say instead. */
  readonly read?: ((said: HeadParameters) => Instead<HeadParameters>) | undefined;
  /** What the write heads say instead. */
  readonly write?: ((said: WriteParameters) => Instead<WriteParameters>) | undefined;
}

/** @throws TapeheadError `argument` unless it is an intervention, or left out */
export function checkIntervention(intervene: Intervention | undefined): void {
  if (intervene === undefined) return;
  checkOptions('intervene', intervene, ['read', 'write']);
  for (const name of ['read', 'write'] as const) {
    if (intervene[name] !== undefined) checkFunction(`intervene.${name}`, intervene[name]);
  }
}

/**
 * What read heads say after an intervention.
 * @throws TapeheadError `argument` or `shape` unless it returns the same parameters, of the same shapes
 */
export function readChanged(change: Intervention['read'], said: HeadParameters): HeadParameters {
  return change === undefined ? said : headsAs(said, whatReturns('intervene.read', change(said), said));
}

/** The same for write heads. */
export function writeChanged(change: Intervention['write'], said: WriteParameters): WriteParameters {
  if (change === undefined) return said;
  const { part, instead } = whatReturns('intervene.write', change(said), said);
  return {
    ...headsAs(said, { part, instead }),
    erase: part('erase', instead.erase, said.erase),
    add: part('add', instead.add, said.add),
  };
}

interface Returned<Said> {
  readonly instead: Instead<Said>;
  /** A parameter that was returned, of the shape that it had. */
  readonly part: <T extends Tensor>(name: string, given: Floats, was: T) => T;
}

function whatReturns<Said extends object>(name: string, instead: Instead<Said>, said: Said): Returned<Said> {
  const names = Object.keys(said);
  checkObject(`${name}: what it returns`, instead, `{ ${names.join(', ')} }`);
  checkOptions(`${name}: what it returns`, instead, names);
  return {
    instead,
    part(part, given, was) {
      const floats = floatsOfShape(`${name}: ${part}`, given, was.shape, 'as before');
      if (hasRankOf(floats, was)) return floats;
      throw new Error('the shape was checked');
    },
  };
}

function hasRankOf<T extends Tensor>(given: Tensor, { rank }: T): given is T {
  return given.rank === rank;
}

function headsAs(said: HeadParameters, { part, instead }: Returned<HeadParameters>): HeadParameters {
  return {
    key: part('key', instead.key, said.key),
    beta: part('beta', instead.beta, said.beta),
    gate: part('gate', instead.gate, said.gate),
    shift: part('shift', instead.shift, said.shift),
    gamma: part('gamma', instead.gamma, said.gamma),
  };
}
