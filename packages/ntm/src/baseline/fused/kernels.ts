/** The kernels of a whole sequence of an LSTM baseline: see `SequenceCall`. Inputs are x, the parameters, the start. */
export const baselineKernelNames = {
  forward: 'TapeheadLstmBaselineForward',
  backward: 'TapeheadLstmBaselineBackward',
} as const;

/** What the kernels are told beside their tensors. */
export type BaselineSettings = {
  readonly batch: number;
  readonly time: number;
  readonly inputSize: number;
  readonly outputSize: number;
  readonly size: number;
  readonly layers: number;
  /** Whether the start has no batch and each sequence starts from it. */
  readonly learnedStart: boolean;
  /** Whether the packed output holds the state after the last step, behind the logits. */
  readonly finalState: boolean;
  /** Whether the gradient of x is wanted: nothing learns from it where x is data. */
  readonly inputGradient: boolean;
};

/** The settings among the attributes of a kernel call. */
export function baselineSettingsAmong(attributes: Readonly<Record<string, unknown>>): BaselineSettings {
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

/** Shapes of outputKernel, outputBias, and each layer's kernel, recurrentKernel and bias. */
export function parameterShapes({ inputSize, outputSize, layers, size }: BaselineSettings): number[][] {
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
export function stateShapes({ layers, size }: BaselineSettings, batch: number[]): number[][] {
  return Array.from({ length: 2 * layers }, () => [...batch, size]);
}

/** The shapes of what the forward kernel packs: the logits, and behind them the final state where it is wanted. */
export function packedShapes(settings: BaselineSettings): number[][] {
  const { batch, time, outputSize, finalState } = settings;
  return [[batch, time, outputSize], ...(finalState ? stateShapes(settings, [batch]) : [])];
}
