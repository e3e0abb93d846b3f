import type { Attributes } from '@tapehead/core/kernels';
import { declareSequence, type SequenceSettings } from '../../fused/op.js';

/** The sizes of a net. */
type BaselineSizes = Pick<BaselineSettings, 'inputSize' | 'outputSize' | 'size' | 'layers'>;

/** What the kernels are told beside their tensors. */
export type BaselineSettings = SequenceSettings & {
  readonly inputSize: number;
  readonly size: number;
  readonly layers: number;
  /** Whether the start has no batch and each sequence starts from it. */
  readonly learnedStart: boolean;
};

function settingsOf(attributes: Attributes): BaselineSettings {
  return {
    batch: Number(attributes.batch),
    time: Number(attributes.time),
    inputSize: Number(attributes.inputSize),
    outputSize: Number(attributes.outputSize),
    size: Number(attributes.size),
    layers: Number(attributes.layers),
    learnedStart: attributes.learnedStart === true,
    finalState: attributes.finalState === true,
    inputGradient: attributes.inputGradient === true,
  };
}

/** A whole sequence of an LSTM baseline. */
export const baselineOp = /* @__PURE__ */ declareSequence<BaselineSettings>(
  { name: 'LstmBaselineSequence', backends: 'wasm and cpu', settingsOf },
  inputShapes,
  packedShapes,
);

/** Shapes of all that a sequence depends on: x, the parameters, the start. */
function inputShapes(settings: BaselineSettings): number[][] {
  const { batch, time, inputSize, learnedStart } = settings;
  return [
    [batch, time, inputSize],
    ...parameterShapes(settings),
    ...stateShapes(settings, learnedStart ? [] : [batch]),
  ];
}

/** Shapes of outputKernel, outputBias, and each layer's kernel, recurrentKernel and bias. */
export function parameterShapes({ inputSize, outputSize, layers, size }: BaselineSizes): number[][] {
  const layer = (l: number): number[][] => [
    [l === 0 ? inputSize : inputSize + size, 4 * size],
    [size, 4 * size],
    [4 * size],
  ];
  return [
    [layers * size, outputSize],
    [outputSize],
    ...Array.from({ length: layers }, (_, l) => layer(l)).flat(),
  ];
}

/** Shapes of h and c of each layer, behind `batch`. */
export function stateShapes(
  { layers, size }: Pick<BaselineSizes, 'layers' | 'size'>,
  batch: number[],
): number[][] {
  return Array.from({ length: 2 * layers }, () => [...batch, size]);
}

/** The shapes of what the forward kernel packs: the logits, and behind them the final state where it is wanted. */
export function packedShapes(settings: BaselineSettings): number[][] {
  const { batch, time, outputSize, finalState } = settings;
  return [[batch, time, outputSize], ...(finalState ? stateShapes(settings, [batch]) : [])];
}
