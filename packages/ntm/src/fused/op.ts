import {
  type Attributes,
  declareOp,
  type Kernel,
  kernelName,
  numbersAmong,
  type Op,
  portsOf,
  remembered,
  sizeOf,
  sumOf,
} from '@tapehead/core/kernels';
import manifest from '../../package.json' with { type: 'json' };
import { fields, ntmShapes, traceShapes } from './sizes.js';

/** What the kernels of a whole sequence are told beside their tensors: its sizes, and what is wanted. */
export type SequenceSettings<Field extends string = 'batch' | 'time' | 'inputSize' | 'outputSize'> = Readonly<
  Record<Field, number>
> & {
  /** Whether the state after the last step is wanted, behind the logits. */
  readonly finalState: boolean;
  /** Whether the outputs come one by one; tfjs's tape takes one, packed. */
  readonly apart: boolean;
  /** Whether the gradient of x is wanted: nothing learns from it where x is data. */
  readonly inputGradient: boolean;
};

/** The shapes of what a net learns and of what it carries from step to step, behind `batch`. */
export interface SequenceShapes<S extends SequenceSettings> {
  parameters(settings: S): number[][];
  state(settings: S, batch: number[]): number[][];
}

/**
 * A whole sequence as one op: it takes x, the parameters and the start, and gives the logits alone or with the final state
 * behind them: packed into one output, or one by one.
 * @param sizes the settings that are sizes
 * @param startOf the axes before those of the start: the batch, or none where every sequence starts from the learned one
 */
export function declareSequence<S extends SequenceSettings>(
  declaration: Pick<Op<S>, 'name' | 'settingsOf'> & { readonly backends?: string },
  sizes: readonly (keyof S)[],
  shapes: SequenceShapes<S>,
  startOf: (settings: S) => number[],
): Op<S> {
  const inputs = remembered(sizes, (settings: S) =>
    portsOf('tensor', [
      [settings.batch, settings.time, settings.inputSize],
      ...shapes.parameters(settings),
      ...shapes.state(settings, startOf(settings)),
    ]),
  );
  return declareOp<S>({
    version: manifest.version,
    module: '@tapehead/ntm/fused',
    ...declaration,
    inputs,
    outputs: remembered([...sizes, 'finalState', 'apart'], (settings: S) => {
      const parts = packedShapes(settings, shapes);
      return settings.apart ? portsOf('part', parts) : [{ name: 'packed', shape: packedShape(parts) }];
    }),
    keeps: true,
    slopes: (settings) => inputs(settings).slice(settings.inputGradient ? 0 : 1),
    about,
  });
}

/** The logits alone, for a cost of data; or the final state too, with gradients of everything. */
export type Wanted = 'logits' | 'final state';

/** The settings that say what is wanted. */
export function settingsFor(
  wanted: Wanted,
): Pick<SequenceSettings, 'finalState' | 'apart' | 'inputGradient'> {
  const everything = wanted === 'final state';
  return { finalState: everything, apart: false, inputGradient: everything };
}

/** The shapes of what the forward kernel gives: the logits, and behind them the final state where it is wanted. */
export function packedShapes<S extends SequenceSettings>(
  settings: S,
  { state }: SequenceShapes<S>,
): number[][] {
  const { batch, time, outputSize, finalState } = settings;
  return [[batch, time, outputSize], ...(finalState ? state(settings, [batch]) : [])];
}

function about(settings: Attributes): string {
  return `batch ${settings.batch}, time ${settings.time}`;
}

/** The settings among the attributes of a kernel call. */
export function settingsAmong<Field extends string>(
  sizes: readonly Field[],
  attributes: Attributes,
): SequenceSettings<Field> {
  const numbers = numbersAmong(sizes, attributes);
  const { finalState, apart, inputGradient } = attributes;
  return {
    ...numbers,
    finalState: finalState === true,
    apart: apart === true,
    inputGradient: inputGradient === true,
  };
}

/** One tensor alone keeps its shape; several stand one behind the other. */
function packedShape(shapes: readonly number[][]): number[] {
  const [first = []] = shapes;
  return shapes.length === 1 ? first : [sumOf(shapes.map(countOf))];
}

export const countOf = (shape: readonly number[]): number => sizeOf({ shape });

/** What the kernels of an NTM are told beside their tensors. */
export type NtmSettings = SequenceSettings<(typeof fields)[number]>;

const settingsOf = (attributes: Attributes): NtmSettings => settingsAmong(fields, attributes);

/** A whole sequence of an NTM with a controller of the paper. */
export const ntmOp = /* @__PURE__ */ declareSequence<NtmSettings>(
  { name: 'NtmSequence', settingsOf },
  fields,
  ntmShapes,
  ({ batch, startFlags }) => (startFlags === 0 ? [batch] : []),
);

/** From what a forward pass kept, what happened at each step. */
export const traceKernel: Kernel<NtmSettings> = {
  name: /* @__PURE__ */ kernelName({ name: 'NtmTrace', version: manifest.version }),
  settingsOf,
  takes: (_settings, _given, workspaces) => workspaces,
  gives: (settings) => portsOf('part', traceShapes(settings)),
  about,
};
