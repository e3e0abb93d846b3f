import type { MakeVariable } from '@tapehead/controller';
import { checkShape, TapeheadError, textOf } from '@tapehead/core';
import { type Tensor, Variable } from '@tensorflow/tfjs-core';

/** The variables of a net by name, in a fixed order. */
export type Variables = Readonly<Record<string, Variable>>;

/**
 * Builds the parts of a net and records the variables that they ask for. If that fails, those made so far are disposed.
 * @param build makes the parts, with variables of `variable`
 */
export function withVariables<Parts>(
  variable: MakeVariable,
  build: (variable: MakeVariable, all: Variables) => Parts,
): Parts {
  const all: Record<string, Variable> = {};
  try {
    return build((name, initial) => {
      const made = madeBy(variable, name, initial);
      all[name] = made;
      return made;
    }, all);
  } catch (error) {
    disposeAll(all);
    throw error;
  }
}

function madeBy(variable: MakeVariable, name: string, initial: Tensor): Variable {
  const { shape } = initial;
  try {
    const made: unknown = variable(name, initial);
    if (!(made instanceof Variable)) {
      throw new TapeheadError(
        'argument',
        `variable: expected a function that makes a tfjs variable, got ${textOf(made)} for ${name}`,
      );
    }
    checkShape(`variable: ${name}`, made, shape);
    return made;
  } catch (error) {
    if (!initial.isDisposed) initial.dispose();
    throw error;
  }
}

/** Those whose `trainable` is true; the very same record where that is all of them. */
export function trainableAmong(all: Variables): Variables {
  if (Object.values(all).every(({ trainable }) => trainable)) return all;
  return Object.fromEntries(Object.entries(all).filter(([, { trainable }]) => trainable));
}

/** @throws TapeheadError `argument` where a variable of the net was disposed */
export function checkInUse(all: Variables): void {
  if (!Object.values(all).some(({ isDisposed }) => isDisposed)) return;
  throw new TapeheadError('argument', 'net: the net was disposed; build another one');
}

/** Disposes those that are not disposed yet. */
export function disposeAll(all: Variables): void {
  for (const variable of Object.values(all)) if (!variable.isDisposed) variable.dispose();
}
