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

/**
 * The same in two halves, T / 2 steps each: the second starts from what the first left, and its gradient with respect to
 * that start goes on into the first.
 */
export function runInHalves(module: Assembled, whole: Sizes, tensors: Tensors, cotangent: Float64Array): Run {
  const sizes = { ...whole, steps: whole.steps / 2 };
  module.clear();
  const order = orderOf(sizes.layers);
  const list = module.integers(integersOf(sizes, 'weights'));
  const names = Object.keys(tensors).filter((name) => name !== 'x');
  const given = mapped(tensors, (values) => module.floats(Array.from(values)));
  const spaces = () => mapped(tensors, (values) => module.space(values.length));
  const [middle, end, dEnd, dMiddle, dStart] = [spaces(), spaces(), spaces(), spaces(), spaces()];
  for (const name of order.state) {
    if (name in tensors) dEnd[name] = module.floats(Array.from(tensors[name] ?? [], () => 0));
  }
  const pointers = (wanted: string[], of: Record<string, number>) =>
    module.integers(wanted.map((name) => of[name] ?? 0));
  const states = [pointers(order.state, given), pointers(order.state, middle), pointers(order.state, end)];
  const count = sizes.batch * sizes.steps * sizes.outputSize;
  const parts = [0, 1].map((half) => ({
    x: module.floats(Array.from(halfOf(tensors.x ?? new Float64Array(), whole, half))),
    dLogits: module.floats(Array.from(halfOf(cotangent, whole, half))),
    logits: module.space(count),
    workspace: module.space(module.call('workspaceBytes', list) / 4),
  }));
  const parameters = pointers(order.parameters, given);
  parts.forEach(({ x, logits, workspace }, half) => {
    module.call(
      'sequenceForward',
      list,
      workspace,
      parameters,
      states[half] ?? 0,
      x,
      logits,
      states[half + 1] ?? 0,
    );
  });
  const back = (half: 0 | 1, after: Record<string, number>, before: Record<string, number>) => {
    const { workspace, dLogits } = parts[half] ?? { workspace: 0, dLogits: 0 };
    const [dAfter, dBefore] = [pointers(order.state, after), pointers(order.state, before)];
    module.call(
      'sequenceBackward',
      list,
      workspace,
      dLogits,
      dAfter,
      pointers(order.parameters, before),
      dBefore,
      0,
    );
  };
  back(1, dEnd, dMiddle);
  back(0, dMiddle, dStart);
  const read = (of: Record<string, number>, name: string) =>
    module.read(of[name] ?? 0, tensors[name]?.length ?? 0);
  const gradients = names.map((name) => {
    const first = read(dStart, name);
    const second = order.parameters.includes(name) ? read(dMiddle, name) : undefined;
    return [name, first.map((each, i) => each + (second?.[i] ?? 0))];
  });
  const logits = parts.flatMap((part) => Array.from(module.read(part.logits, count)));
  return { logits: Float32Array.from(logits), gradients: Object.fromEntries(gradients) };
}

/** Steps 0 … T/2 or T/2 … T of a tensor [B, T, …]. */
export function halfOf(values: Float64Array, { batch }: Sizes, half: number): Float64Array {
  const width = values.length / batch / 2;
  return values.filter((_, i) => Math.floor(i / width) % 2 === half);
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
