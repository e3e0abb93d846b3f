import { from, lanesCode, type Place, type Shared, sums, u, type WorkgroupLimits } from '@tapehead/core/kernels';
import { addressing, addressingFunctions } from '../../addressing/wgsl/address.js';
import { squashing } from '../../addressing/wgsl/squashing.js';
import { feedforward } from '../../controller/wgsl/feedforward.js';
import { lstm } from '../../controller/wgsl/lstm.js';
import { readTerm } from '../../memory/wgsl/read.js';
import { write } from '../../memory/wgsl/write.js';
import { type ForwardArrays, forwardShared } from './arrays.js';
import {
  batchedState,
  constantsOf,
  inRow,
  type LayerPlaces,
  type Layout,
  scratchOf,
  singleState,
  stateParts,
} from './layout.js';
import { turnCode } from './turn.js';

/**
 * A whole sequence, a workgroup each. One step (x is its input, u = concat(x, reads)):
 *
 *   h = controller(u);  raw = h·headKernel + headBias;  heads = squash(raw)
 *   write-first: write heads address and write the memory, then read heads address and read what it became
 *   read-first: all heads address, and read heads read, what the step found; then it is written
 *   logits = concat(h, reads)·outputKernel + outputBias
 *
 * Workgroups behind those of the batch turn the weights for the way back.
 */
export function forwardCode(layout: Layout, limits: WorkgroupLimits, finalState: boolean): string {
  const shared = forwardShared(layout, limits);
  return `${constantsOf(layout)}
${lanesCode(limits.lanes, shared.scratch > 0)}
${addressingFunctions}
${shared.declarations}
${turnCode(layout)}
fn run(group: u32) {
  if (group >= given.B) {
    turn(group - given.B);
    return;
  }
  let b = group;
  ${scratchOf(shared.scratch)}
  ${startCode(layout, shared.at)}
  for (var t = 0u; t < given.T; t++) {
    let row = (b * (given.T + 1u) + t) * ROW;
    let next = row + ROW;
    ${stepCode(layout, limits.lanes, shared.at)}
  }
  ${finalState ? endCode(layout, shared.at) : ''}
}
`;
}

type At = Shared<ForwardArrays>['at'];

/** The state before the first step, into the shared arrays and the first row. */
function startCode(layout: Layout, at: At): string {
  const { learned, net } = layout;
  const isLearned = net.startFlags !== 0;
  const places = isLearned
    ? singleState(layout, 'learned', u(learned.end))
    : batchedState(layout, 'learned', u(learned.end));
  const start = stateParts(places);
  const weights = (place: Place, heads: string, first: string): string => `
  for (var h = 0u; h < ${heads}; h++) {
    ${isLearned ? softmaxOf(from(place, 'h * N')) : ''}
    for (var i = lane; i < N; i += LANES) {
      let weight = ${isLearned ? `exp(${place('h * N + i')} - greatest) / sum` : place('h * N + i')};
      ${at.weights(`(${first} + h) * N + i`)} = weight;
      ${inRow(layout, 'weights', 'row')(`(${first} + h) * N + i`)} = weight;
    }
  }`;
  return `{
  let row = b * (given.T + 1u) * ROW;
  for (var i = lane; i < N; i += LANES) {
    var squares = 0.0;
    for (var m = 0u; m < M; m++) {
      let value = ${start.memory('i * M + m')};
      ${at.tape('m * N + i')} = value;
      ${inRow(layout, 'memory', 'row')('m * N + i')} = value;
      squares += value * value;
    }
    ${at.inverses('i')} = inverseRoot(squares);
    ${inRow(layout, 'inverses', 'row')('i')} = ${at.inverses('i')};
  }
  ${weights(start.readWeights, 'R', '0u')}
  ${weights(start.writeWeights, 'W', 'R')}
  for (var j = lane; j < R * M; j += LANES) {
    ${at.reads('j')} = ${start.reads('j')};
    ${inRow(layout, 'reads', 'row')('j')} = ${at.reads('j')};
  }
  ${start.cells.map(({ h, c }, l) => cellCode(layout, at, l, h, c)).join('')}
  meet();
}`;
}

function cellCode(layout: Layout, at: At, l: number, h: Place, c: Place): string {
  const first = l * layout.net.controllerSize;
  return `
  for (var j = lane; j < U; j += LANES) {
    ${from(at.hidden, u(first))('j')} = ${h('j')};
    ${from(at.cells, u(first))('j')} = ${c('j')};
    ${inRow(layout, 'hidden', 'row', first)('j')} = ${h('j')};
    ${inRow(layout, 'cells', 'row', first)('j')} = ${c('j')};
  }`;
}

/** Declares the greatest of N logits and the sum of their powers. */
const softmaxOf = (logits: Place): string => `
    var greatest = ${logits('0u')};
    for (var i = lane; i < N; i += LANES) { greatest = max(greatest, ${logits('i')}); }
    greatest = maximumOf(greatest);
    var sum = 0.0;
    for (var i = lane; i < N; i += LANES) { sum += exp(${logits('i')} - greatest); }
    sum = sumOf(sum);`;

function stepCode(layout: Layout, lanes: number, at: At): string {
  const { net, learned, raw, reads } = layout;
  const { inputSize: I, outputSize: O, controllerSize: U, layers } = net;
  const top = from(at.hidden, u((layers - 1) * U));
  const row = (part: 'x' | 'one' | 'heads') => inRow(layout, part, 'row');
  const readAll = `
  ${addressCode(layout, at, '0u', 'R')}
  ${sums(
    lanes,
    reads,
    [{ depth: net.memorySize, term: readTerm(at.tape, at.weights) }],
    `${at.reads('j')} = sum; ${inRow(layout, 'reads', 'next')('j')} = sum;`,
    'terms',
  )}`;
  const readFirst = net.readFirst === 1;
  return `
  for (var i = lane; i < ${u(I)}; i += LANES) {
    let value = input[(b * given.T + t) * ${u(I)} + i];
    ${at.x('i')} = value;
    ${row('x')('i')} = value;
  }
  if (lane == 0u) { ${row('one')('0u')} = 1.0; }
  meet();
  ${learned.layers.map((layer, l) => layerCode(layout, lanes, at, layer, l)).join('')}
  ${sums(
    lanes,
    raw,
    [{ depth: U, term: `${top('k')} * learned[${u(learned.headKernel)} + k * ${u(raw)} + j]` }],
    `${at.raw('j')} = sum + learned[${u(learned.headBias)} + j];`,
  )}
  for (var p = lane; p < ${u(raw)}; p += LANES) {
    ${squashing(at.raw, net.bounded === 1)}
    ${at.heads('p')} = value;
    ${row('heads')('p')} = value;
  }
  meet();
  ${addressCode(layout, at, 'R', 'HEADS')}
  ${readFirst ? readAll : ''}
  ${writeCode(layout, at)}
  ${readFirst ? '' : readAll}
  ${sums(
    lanes,
    O,
    [
      { depth: U, term: `${top('k')} * learned[${u(learned.outputKernel)} + k * ${u(O)} + j]` },
      {
        depth: reads,
        term: `${at.reads('k')} * learned[${u(learned.outputKernel)} + (U + k) * ${u(O)} + j]`,
      },
    ],
    `packed[(b * given.T + t) * ${u(O)} + j] = sum + learned[${u(learned.outputBias)} + j];`,
  )}`;
}

function layerCode(layout: Layout, lanes: number, at: At, layer: LayerPlaces, l: number): string {
  const { net, gates, reads } = layout;
  const { inputSize: I, controllerSize: U } = net;
  const weight = (first: number, k: string): string => `learned[${u(first)} + (${k}) * ${u(gates)} + j]`;
  const hidden = from(at.hidden, u(l * U));
  const below =
    l === 0
      ? [
          { depth: I, term: `${at.x('k')} * ${weight(layer.kernel, 'k')}` },
          { depth: reads, term: `${at.reads('k')} * ${weight(layer.kernel, `${u(I)} + k`)}` },
        ]
      : [{ depth: U, term: `${from(at.hidden, u((l - 1) * U))('k')} * ${weight(layer.kernel, 'k')}` }];
  const isLstm = net.feedforward === 0;
  const before = { depth: U, term: `${hidden('k')} * ${weight(layer.recurrentKernel, 'k')}` };
  const cells = from(at.cells, u(l * U));
  const next = (part: 'hidden' | 'cells') => inRow(layout, part, 'next', l * U)('j');
  return `
  ${sums(
    lanes,
    gates,
    isLstm ? [...below, before] : below,
    `${at.gates('j')} = sum + learned[${u(layer.bias)} + j];`,
  )}
  for (var j = lane; j < U; j += LANES) {
    ${isLstm ? lstm(at.gates, cells, hidden) : feedforward(at.gates, hidden)}
    ${next('hidden')} = ${hidden('j')};
    ${isLstm ? `${next('cells')} = ${cells('j')};` : ''}
    for (var q = j; q < ${u(gates)}; q += U) {
      ${inRow(layout, 'gates', 'row', l * gates)('q')} = ${at.gates('q')};
    }
  }
  meet();`;
}

/** The heads from `first` to `end` address the memory as it is. */
function addressCode(layout: Layout, at: At, first: string, end: string): string {
  const { similarity, content, shifted } = at;
  const weights = from(at.weights, 'h * N');
  const saved = inRow(layout, 'saved', 'row');
  return `
  for (var h = ${first}; h < ${end}; h++) {
    ${addressing({
      head: from(at.heads, 'h * HEAD'),
      memory: at.tape,
      inverses: at.inverses,
      previous: weights,
      weights,
      similarity,
      content,
      shifted,
      gated: at.gated,
    })}
    for (var i = lane; i < N; i += LANES) {
      ${saved('3u * h * N + i')} = ${similarity('i')};
      ${saved('(3u * h + 1u) * N + i')} = ${content('i')};
      ${saved('(3u * h + 2u) * N + i')} = ${shifted('i')};
      ${inRow(layout, 'weights', 'next')('h * N + i')} = ${weights('i')};
    }
  }
  meet();`;
}

function writeCode(layout: Layout, at: At): string {
  const places = {
    memory: at.tape,
    weights: from(at.weights, 'R * N'),
    vectors: from(at.heads, 'HEADS * HEAD'),
  };
  return `
  for (var i = lane; i < N; i += LANES) {
    var squares = 0.0;
    for (var m = 0u; m < M; m++) {
      ${write(places)}
      ${at.tape('m * N + i')} = written;
      ${inRow(layout, 'memory', 'next')('m * N + i')} = written;
      squares += written * written;
    }
    ${at.inverses('i')} = inverseRoot(squares);
    ${inRow(layout, 'inverses', 'next')('i')} = ${at.inverses('i')};
  }
  meet();`;
}

/** The state after the last step, out of the shared arrays. */
function endCode(layout: Layout, at: At): string {
  const { net } = layout;
  const end = stateParts(batchedState(layout, 'packed', `given.B * given.T * ${u(net.outputSize)}`));
  const copy = (to: Place, place: Place, count: string): string =>
    `for (var j = lane; j < ${count}; j += LANES) { ${to('j')} = ${place('j')}; }`;
  return `
  for (var i = lane; i < N; i += LANES) {
    for (var m = 0u; m < M; m++) { ${end.memory('i * M + m')} = ${at.tape('m * N + i')}; }
  }
  ${copy(end.readWeights, at.weights, 'R * N')}
  ${copy(end.writeWeights, from(at.weights, 'R * N'), 'W * N')}
  ${copy(end.reads, at.reads, 'R * M')}
  ${end.cells
    .flatMap(({ h, c }, l) => [
      copy(h, from(at.hidden, u(l * net.controllerSize)), 'U'),
      copy(c, from(at.cells, u(l * net.controllerSize)), 'U'),
    ])
    .join('\n  ')}`;
}
