import { from, lanesCode, type Place, type Shared, sums, u, type WorkgroupLimits } from '@tapehead/core/kernels';
import { addressingBackward, addressingFunctions } from '../../addressing/wgsl/address.js';
import { squashingBackward } from '../../addressing/wgsl/squashing.js';
import { feedforwardBackward } from '../../controller/wgsl/feedforward.js';
import { lstmBackward } from '../../controller/wgsl/lstm.js';
import { readBackward } from '../../memory/wgsl/read.js';
import { writeBackward } from '../../memory/wgsl/write.js';
import { type BackwardArrays, backwardShared } from './arrays.js';
import {
  batchedState,
  constantsOf,
  inRow,
  type Layout,
  type RowPart,
  scratchOf,
  singleState,
  stateParts,
} from './layout.js';

export interface BackwardWanted {
  /** Whether something depends on the state after the last step. */
  readonly finalState: boolean;
  readonly inputGradient: boolean;
}

/**
 * Backpropagation through time of `forwardCode`, a workgroup a sequence, from the gradients of the logits and, where
 * given, of the last state. It leaves in each row the gradients of what the weights gave there, from which
 * `weightsCode` has theirs, and behind the rows the gradients of the starts.
 */
export function backwardCode(layout: Layout, limits: WorkgroupLimits, wanted: BackwardWanted): string {
  const shared = backwardShared(layout, limits);
  return `${constantsOf(layout)}
${lanesCode(limits.lanes, shared.scratch > 0)}
${addressingFunctions}
${shared.declarations}
fn run(b: u32) {
  if (b >= given.B) { return; }
  ${scratchOf(shared.scratch)}
  ${receiveCode(layout, shared.at, wanted.finalState)}
  for (var left = given.T; left > 0u; left--) {
    let t = left - 1u;
    let row = (b * (given.T + 1u) + t) * ROW;
    let next = row + ROW;
    ${stepCode(layout, limits.lanes, shared.at, wanted.inputGradient)}
  }
  ${returnCode(layout, shared.at)}
}
`;
}

type At = Shared<BackwardArrays>['at'];

const copy = (to: Place, value: string, count: string): string =>
  `for (var j = lane; j < ${count}; j += LANES) { ${to('j')} = ${value}; }`;

/** The gradients of the last state, or zeros. */
function receiveCode({ net, ...layout }: Layout, at: At, given: boolean): string {
  const U = net.controllerSize;
  const places = batchedState({ net, ...layout }, 'dPacked', `given.B * given.T * ${u(net.outputSize)}`);
  const end = stateParts(places);
  const value = (place: Place, index: string): string => (given ? place(index) : '0.0');
  const cells = Array.from({ length: net.layers }, (_, l) => {
    const cell = end.cells[l];
    const of = (place: Place | undefined) => (place ? value(place, 'j') : '0.0');
    return `
  ${copy(from(at.dHidden, u(l * U)), of(cell?.h), 'U')}
  ${copy(from(at.dCells, u(l * U)), of(cell?.c), 'U')}`;
  });
  return `
  for (var i = lane; i < N; i += LANES) {
    for (var m = 0u; m < M; m++) { ${at.dTape('m * N + i')} = ${value(end.memory, 'i * M + m')}; }
    for (var h = 0u; h < R; h++) { ${at.dWeights('h * N + i')} = ${value(end.readWeights, 'h * N + i')}; }
    for (var h = 0u; h < W; h++) { ${at.dWeights('(R + h) * N + i')} = ${value(end.writeWeights, 'h * N + i')}; }
  }
  ${copy(at.dReads, value(end.reads, 'j'), 'R * M')}
  ${cells.join('')}
  meet();`;
}

function stepCode(layout: Layout, lanes: number, at: At, inputGradient: boolean): string {
  const { net, learned, raw, reads } = layout;
  const { outputSize: O, controllerSize: U, layers } = net;
  const row = (part: RowPart, first = 0) => inRow(layout, part, 'row', first);
  const dTop = from(at.dHidden, u((layers - 1) * U));
  const seen = U + reads;
  const readFirst = net.readFirst === 1;
  const version = readFirst ? 'row' : 'next';
  const readAll = `
  ${readCode(layout, at, version)}
  ${addressCode(layout, lanes, at, ['0u', 'R'], version)}`;
  return `
  ${copy(at.heads, row('heads')('j'), u(raw))}
  for (var j = lane; j < ${u(O)}; j += LANES) {
    let slope = dPacked[(b * given.T + t) * ${u(O)} + j];
    ${at.dLogits('j')} = slope;
    ${row('dLogits')('j')} = slope;
  }
  meet();
  ${sums(
    lanes,
    seen,
    [
      {
        depth: O,
        term: `${at.dLogits('k')} * turned[${u(learned.outputKernel)} + k * ${u(seen)} + j]`,
      },
    ],
    `if (j < U) { ${dTop('j')} += sum; } else { ${at.dReads('j - U')} += sum; }`,
  )}
  ${readFirst ? '' : readAll}
  ${writeCode(layout, lanes, at)}
  ${readFirst ? readAll : ''}
  ${addressCode(layout, lanes, at, ['R', 'HEADS'], 'row')}
  for (var p = lane; p < ${u(raw)}; p += LANES) {
    ${squashingBackward(at.dHeads, at.heads, net.bounded === 1)}
    ${at.dRaw('p')} = value;
    ${row('dRaw')('p')} = value;
  }
  meet();
  ${sums(
    lanes,
    U,
    [{ depth: raw, term: `${at.dRaw('k')} * turned[${u(learned.headKernel)} + k * U + j]` }],
    `${dTop('j')} += sum;`,
  )}
  ${learned.layers
    .map((_, l) => layerCode(layout, lanes, at, l, inputGradient))
    .reverse()
    .join('')}`;
}

/** The memory that heads read or address: of the row before the step, or behind it. */
function memoryOf(layout: Layout, version: 'row' | 'next'): { memory: Place; inverses: Place } {
  return { memory: inRow(layout, 'memory', version), inverses: inRow(layout, 'inverses', version) };
}

function readCode(layout: Layout, at: At, version: 'row' | 'next'): string {
  const { memory } = memoryOf(layout, version);
  const weights = inRow(layout, 'weights', 'next');
  return `
  for (var i = lane; i < N; i += LANES) {
    ${readBackward({ memory, weights, dReads: at.dReads }, { dMemory: at.dTape, dWeights: at.dWeights })}
  }`;
}

/** @param range the first head, and the one behind the last */
function addressCode(
  layout: Layout,
  lanes: number,
  at: At,
  [first, end]: [string, string],
  version: 'row' | 'next',
): string {
  const { memory, inverses } = memoryOf(layout, version);
  const saved = (i: number) => from(inRow(layout, 'saved', 'row'), `(3u * h + ${u(i)}) * N`);
  const depth = layout.net.memorySize;
  return `
  for (var h = ${first}; h < ${end}; h++) {
    ${addressingBackward(
      {
        head: from(at.heads, 'h * HEAD'),
        memory,
        inverses,
        previous: from(inRow(layout, 'weights', 'row'), 'h * N'),
        weights: from(inRow(layout, 'weights', 'next'), 'h * N'),
        similarity: saved(0),
        content: saved(1),
        shifted: saved(2),
        gated: at.gated,
      },
      {
        dHead: from(at.dHeads, 'h * HEAD'),
        dWeights: from(at.dWeights, 'h * N'),
        dMemory: at.dTape,
        dShifted: at.dShifted,
        dots: at.dots,
      },
      (store) =>
        sums(
          lanes,
          layout.net.memoryDim,
          [{ depth, term: `${at.dots('k')} * ${memory('j * N + k')}` }],
          store,
          'terms',
        ),
    )}
  }`;
}

function writeCode(layout: Layout, lanes: number, at: At): string {
  const { memorySize: depth, memoryDim, writeHeads } = layout.net;
  const { memory } = memoryOf(layout, 'row');
  return `{
  ${writeBackward(
    {
      memory,
      weights: from(inRow(layout, 'weights', 'next'), 'R * N'),
      vectors: from(at.heads, 'HEADS * HEAD'),
    },
    {
      dMemory: at.dTape,
      dWeights: from(at.dWeights, 'R * N'),
      dVectors: from(at.dHeads, 'HEADS * HEAD'),
    },
    (before, term, store) =>
      sums(lanes, 2 * writeHeads * memoryDim, [{ depth, before, term }], store, 'terms'),
  )}
}`;
}

function layerCode(layout: Layout, lanes: number, at: At, l: number, inputGradient: boolean): string {
  const { net, learned, gates, reads } = layout;
  const { controllerSize: U, inputSize: I } = net;
  const place = (part: RowPart, version: 'row' | 'next', size: number) =>
    inRow(layout, part, version, l * size);
  const [dHidden, dCell] = [from(at.dHidden, u(l * U)), from(at.dCells, u(l * U))];
  const layer = learned.layers[l] ?? { kernel: 0, recurrentKernel: 0, bias: 0 };
  const isLstm = net.feedforward === 0;
  const through = (count: number, first: number, width: number, store: string): string =>
    sums(
      lanes,
      count,
      [{ depth: gates, term: `${at.dGates('k')} * turned[${u(first)} + k * ${u(width)} + j]` }],
      store,
    );
  const unit = isLstm
    ? lstmBackward(
        {
          gates: place('gates', 'row', gates),
          previous: place('cells', 'row', U),
          cell: place('cells', 'next', U),
        },
        { dGates: at.dGates, dCell, dHidden },
      )
    : feedforwardBackward(at.dGates, dHidden, place('hidden', 'next', U));
  return `
  for (var j = lane; j < U; j += LANES) {
    ${unit}
    ${isLstm ? '' : `${dHidden('j')} = 0.0;`}
    for (var q = j; q < ${u(gates)}; q += U) { ${place('dGates', 'row', gates)('q')} = ${at.dGates('q')}; }
  }
  meet();
  ${isLstm ? through(U, layer.recurrentKernel, U, `${dHidden('j')} = sum;`) : ''}
  ${
    l > 0
      ? through(U, layer.kernel, U, `${from(at.dHidden, u((l - 1) * U))('j')} += sum;`)
      : through(reads, layer.kernel + I, I + reads, `${at.dReads('j')} = sum;`)
  }
  ${l === 0 && inputGradient ? through(I, layer.kernel, I + reads, `dInput[(b * given.T + t) * ${u(I)} + j] = sum;`) : ''}`;
}

/** The gradients of the start of this sequence. */
function returnCode(layout: Layout, at: At): string {
  const { net } = layout;
  const U = net.controllerSize;
  const start = stateParts(singleState(layout, 'workspace', 'given.B * (given.T + 1u) * ROW + b * START'));
  const isLearned = net.startFlags !== 0;
  const weights = (to: Place, heads: string, first: string): string => {
    const d = from(at.dWeights, `(${first} + h) * N`);
    const w = from(inRow(layout, 'weights', 'row'), `(${first} + h) * N`);
    return `
  for (var h = 0u; h < ${heads}; h++) {
    var mean = 0.0;
    ${
      isLearned
        ? `for (var i = lane; i < N; i += LANES) { mean += ${w('i')} * ${d('i')}; }
    mean = sumOf(mean);`
        : ''
    }
    for (var i = lane; i < N; i += LANES) {
      ${to('h * N + i')} = ${isLearned ? `${w('i')} * (${d('i')} - mean)` : d('i')};
    }
  }`;
  };
  return `
  let row = b * (given.T + 1u) * ROW;
  for (var i = lane; i < N; i += LANES) {
    for (var m = 0u; m < M; m++) { ${start.memory('i * M + m')} = ${at.dTape('m * N + i')}; }
  }
  ${weights(start.readWeights, 'R', '0u')}
  ${weights(start.writeWeights, 'W', 'R')}
  ${copy(start.reads, at.dReads('j'), 'R * M')}
  ${start.cells
    .flatMap(({ h, c }, l) => [
      copy(h, from(at.dHidden, u(l * U))('j'), 'U'),
      copy(c, from(at.dCells, u(l * U))('j'), 'U'),
    ])
    .join('\n  ')}`;
}
