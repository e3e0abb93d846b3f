import { declareSequence, type SequenceSettings, settingsAmong } from '../../fused/op.js';

/** What the kernels are told beside their tensors, in the order in which they take it: 32-bit integers. */
export const fields = [
  'batch',
  'time',
  'inputSize',
  'outputSize',
  'size',
  'layers',
  /** 1: the start has no batch, each sequence starts from it. */
  'learnedStart',
] as const;

export type BaselineSettings = SequenceSettings<(typeof fields)[number]>;

/** The sizes of a net. */
type BaselineSizes = Pick<BaselineSettings, 'inputSize' | 'outputSize' | 'size' | 'layers'>;

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

/** Of a baseline. */
export const baselineShapes = { parameters: parameterShapes, state: stateShapes };

/** A whole sequence of an LSTM baseline. */
export const baselineOp = /* @__PURE__ */ declareSequence<BaselineSettings>(
  {
    name: 'LstmBaselineSequence',
    backends: 'wasm and cpu',
    settingsOf: (attributes) => settingsAmong(fields, attributes),
  },
  fields,
  baselineShapes,
  ({ batch, learnedStart }) => (learnedStart === 1 ? [] : [batch]),
);
