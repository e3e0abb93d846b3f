import { checkInteger, printable, TapeheadError, textOf } from '@tapehead/core';
import {
  add,
  concat,
  max,
  mean,
  minimum,
  type Rank,
  sub,
  type Tensor,
  type Tensor2D,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import { NTM } from './ntm.js';
import { factoryBehind } from './parameters.js';
import { checkInUse, type Variables } from './variables.js';

/** Of a new row's start logit below the largest of its head: softmax gives the row 1e-13 of what it gives that one. */
const DEPTH = 30;

/**
 * A net with the weights of a trained one and a larger tape: N rows are trained, more are used.
 *
 * No weight of an NTM depends on N but the start: what the memory holds and where the heads are. New rows follow the learned
 * ones. Each holds the **mean** of the learned rows, and its start logits are −30 (or 30 below the largest of the head,
 * where that is less), so that no head starts there. Repeated rows would not do: nets learn a row as a landmark, jump back
 * to it by its content when they begin to answer, and find two where it is repeated. The mean resembles no row more than
 * the others.
 *
 * @param net any NTM; it stays as it is, and its variables are its own
 * @param memorySize N of the new net, at least that of `net`: fewer rows would lose learned ones
 * @returns the new net, with the options, the engine and the frozen variables of `net`; dispose it as any net
 * @throws TapeheadError `range` for a size below that of `net`, or one that the backend has no memory for; `argument` for
 *   what is no NTM, for a disposed one, and for a controller of your own whose factory makes other variables now
 *
 * @example
 * const long = withMemorySize(net, 1280);
 * const { output } = long.sequence(x); // [batch, time, inputSize] of more steps than the 128 rows of net hold
 * long.dispose();
 */
export function withMemorySize(net: NTM, memorySize: number): NTM {
  if (!(net instanceof NTM)) throw new TapeheadError('argument', `net: expected an NTM, got ${textOf(net)}`);
  checkInUse(net.parameters);
  checkInteger('memorySize', memorySize, net.config.memorySize);
  const { controller: kind } = net.config;
  const controller = kind === 'own' ? factoryBehind(net.config) : kind;
  const larger = NTM.build({ ...net.config, controller, memorySize, engine: net.engine });
  try {
    tidy(() => takeOver(larger.parameters, net, memorySize - net.config.memorySize));
    return larger;
  } catch (error) {
    larger.dispose();
    throw error;
  }
}

/** Gives the variables of a net the values of another one with fewer rows. */
function takeOver(larger: Variables, { parameters }: NTM, more: number): void {
  const names = Object.keys(larger);
  if (names.join() !== Object.keys(parameters).join()) throw otherVariables(names.join(', '));
  for (const [name, variable] of Object.entries(larger)) {
    const trained = parameters[name];
    if (trained === undefined) throw new Error('the names were compared');
    const values = more === 0 ? trained : extended(name, trained, more);
    if (values.shape.join() !== variable.shape.join()) {
      throw otherVariables(`${name} [${variable.shape.join(', ')}]`);
    }
    variable.assign(values);
    variable.trainable = trained.trainable;
  }
}

/** A factory of your own may count its calls, or read what has changed. */
function otherVariables(made: string): TapeheadError {
  return new TapeheadError(
    'argument',
    `net: expected a controller whose factory makes the same variables again, got ${printable(made)}`,
  );
}

/** What depends on N, with more rows; everything else as it is. */
function extended(name: string, trained: Tensor, more: number): Tensor {
  switch (name) {
    case 'memory':
      return concat([trained, add(zeros([more, 1]), mean(trained, 0, true))], 0);
    case 'readWeightLogits':
    case 'writeWeightLogits': {
      const deep = minimum<Tensor2D>(-DEPTH, sub(max(trained, 1, true), DEPTH));
      return concat([trained, add(deep, zeros<Rank.R2>([1, more]))], 1);
    }
    default:
      return trained;
  }
}
