import {
  type Attributes,
  declareOp,
  type Kernel,
  kernelName,
  type Op,
  portsOf,
} from '@tapehead/core/kernels';
import manifest from '../../package.json' with { type: 'json' };
import { inputShapes, packedShapes, type Sizes, sizesAmong, traceShapes } from './sizes.js';

/** What the kernels of a whole sequence are told beside their tensors. */
export type SequenceSettings = {
  readonly batch: number;
  readonly time: number;
  readonly outputSize: number;
  /** Whether the packed output holds the state after the last step, behind the logits. */
  readonly finalState: boolean;
  /** Whether the gradient of x is wanted: nothing learns from it where x is data. */
  readonly inputGradient: boolean;
};

/**
 * A whole sequence as one op: it takes x, the parameters and the start, and gives one packed output, the logits alone or with
 * the final state behind them.
 */
export function declareSequence<S extends SequenceSettings>(
  declaration: Pick<Op<S>, 'name' | 'settingsOf'> & { readonly backends?: string },
  inputShapesOf: (settings: S) => number[][],
  packedShapesOf: (settings: S) => number[][],
): Op<S> {
  const inputs = (settings: S) => portsOf('tensor', inputShapesOf(settings));
  return declareOp<S>({
    version: manifest.version,
    module: '@tapehead/ntm/fused',
    ...declaration,
    inputs,
    outputs: (settings) => [{ name: 'packed', shape: packedShape(packedShapesOf(settings)) }],
    keeps: true,
    slopes: (settings) => inputs(settings).slice(settings.inputGradient ? 0 : 1),
    about: ({ batch, time }) => `batch ${batch}, time ${time}`,
  });
}

/** One tensor alone keeps its shape; several stand one behind the other. */
function packedShape(shapes: readonly number[][]): number[] {
  const [first = []] = shapes;
  return shapes.length === 1 ? first : [shapes.map(countOf).reduce((sum, count) => sum + count, 0)];
}

export const countOf = (shape: readonly number[]): number =>
  shape.reduce((product, each) => product * each, 1);

/** What the kernels of an NTM are told beside their tensors. */
export type NtmSettings = Sizes & SequenceSettings;

function settingsOf(attributes: Attributes): NtmSettings {
  return {
    ...sizesAmong(attributes),
    finalState: attributes.finalState === true,
    inputGradient: attributes.inputGradient === true,
  };
}

/** A whole sequence of an NTM with a controller of the paper. */
export const ntmOp = /* @__PURE__ */ declareSequence<NtmSettings>(
  { name: 'NtmSequence', settingsOf },
  inputShapes,
  (settings) => packedShapes(settings, settings.finalState),
);

/** From what a forward pass kept, what happened at each step. */
export const traceKernel: Kernel<NtmSettings> = {
  name: /* @__PURE__ */ kernelName({ name: 'NtmTrace', version: manifest.version }),
  settingsOf,
  takes: (_settings, _given, workspaces) => workspaces,
  gives: (settings) => portsOf('part', traceShapes(settings)),
  about: ({ batch, time }) => `batch ${batch}, time ${time}`,
};
