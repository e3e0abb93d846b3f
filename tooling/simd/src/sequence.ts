import type { Assembled } from './assembled.js';
import type { Sizes, Tensors } from './transcription.js';

/** What the whole-sequence kernel gives of a net. */
export interface Run {
  logits: Float32Array;
  gradients: Record<string, Float32Array>;
}

/** The number of numbers of every tensor of a net, with a state of the start for each sequence. */
export function shapesOf(sizes: Sizes): Record<string, number> {
  const { batch: B, units: U, N, M, readHeads: R, writeHeads: W, shifts: S } = sizes;
  const [P, gates] = [(R + W) * (M + S + 3) + 2 * W * M, (sizes.controller === 'lstm' ? 4 : 1) * U];
  const shapes: Record<string, number> = {
    x: B * sizes.steps * sizes.inputSize,
    headKernel: U * P,
    headBias: P,
    outputKernel: (U + R * M) * sizes.outputSize,
    outputBias: sizes.outputSize,
    memory: B * N * M,
    readWeights: B * R * N,
    writeWeights: B * W * N,
    reads: B * R * M,
  };
  for (let l = 0; l < sizes.layers; l++) {
    shapes[`kernel${l}`] = (l === 0 ? sizes.inputSize + R * M : U) * gates;
    shapes[`bias${l}`] = gates;
    if (sizes.controller === 'feedforward') continue;
    shapes[`recurrentKernel${l}`] = U * gates;
    shapes[`h${l}`] = B * U;
    shapes[`c${l}`] = B * U;
  }
  return shapes;
}

/** The order in which the kernel takes pointers: see assembly/tensors.ts of the ntm package. */
function orderOf(layers: number): { parameters: string[]; state: string[] } {
  const of = (names: string[]) =>
    Array.from({ length: layers }, (_, l) => names.map((name) => name + l)).flat();
  return {
    parameters: [
      'headKernel',
      'headBias',
      'outputKernel',
      'outputBias',
      ...of(['kernel', 'recurrentKernel', 'bias']),
    ],
    state: ['memory', 'readWeights', 'writeWeights', 'reads', ...of(['h', 'c'])],
  };
}

/** Forward, and backward from what `cotangent` makes of the logits. `start` says what the weights of the start are. */
export function runSequence(
  module: Assembled,
  sizes: Sizes,
  tensors: Tensors,
  { start, cotangent }: { start: 'logits' | 'weights'; cotangent: (logits: Float64Array) => Float64Array },
): Run {
  module.clear();
  const count = sizes.batch * sizes.steps * sizes.outputSize;
  const order = orderOf(sizes.layers);
  const list = module.integers(integersOf(sizes, start));
  const given = mapped(tensors, (values) => module.floats(Array.from(values)));
  const gradients = mapped(tensors, (values) => module.space(values.length));
  const pointers = (names: string[], of: Record<string, number>) =>
    module.integers(names.map((name) => of[name] ?? 0));
  const [logits, workspace] = [module.space(count), module.space(module.call('workspaceBytes', list) / 4)];
  const [parameters, state] = [pointers(order.parameters, given), pointers(order.state, given)];
  module.call('sequenceForward', list, workspace, parameters, state, given.x ?? 0, logits, 0);
  const values = module.read(logits, count);
  const dLogits = module.floats(Array.from(cotangent(Float64Array.from(values))));
  const [dParameters, dState] = [pointers(order.parameters, gradients), pointers(order.state, gradients)];
  module.call('sequenceBackward', list, workspace, dLogits, 0, dParameters, dState, gradients.x ?? 0);
  const read = Object.entries(gradients).map(([name, at]) => [
    name,
    module.read(at, tensors[name]?.length ?? 0),
  ]);
  return { logits: values, gradients: Object.fromEntries(read) };
}

function mapped(tensors: Tensors, place: (values: Float64Array) => number): Record<string, number> {
  return Object.fromEntries(Object.entries(tensors).map(([name, values]) => [name, place(values)]));
}

function integersOf(s: Sizes, start: 'logits' | 'weights'): number[] {
  const flags = start === 'logits' ? 3 : 0; // a start without a batch, weights as logits
  const sizes = [
    s.batch,
    s.steps,
    s.inputSize,
    s.outputSize,
    s.units,
    s.layers,
    s.N,
    s.M,
    s.readHeads,
    s.writeHeads,
    s.shifts,
  ];
  return [...sizes, s.controller === 'lstm' ? 0 : 1, s.bounded ? 1 : 0, s.writeFirst ? 0 : 1, flags];
}
