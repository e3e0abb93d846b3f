import { batched, constants, elementary, type Place, sumOf, u } from '@tapehead/core/kernels';
import type { StepSizes } from '../src/fused/op.js';
import { lstm, lstmBackward } from './lstm.js';

/** What is kept of a sequence on a GPU, in floats: x, h and c, the gates and c′. */
export function keptSizes({ I, U }: Omit<StepSizes, 'B'>) {
  return { x: I, h: U, c: U, gates: 4 * U, cell: U };
}

/** What a program is compiled for. */
type Sizes = Omit<StepSizes, 'B'>;

/** What is kept of sequence `b`, of which x, h and c are there before the step. */
const kept = (sizes: Sizes) => batched('kept', keptSizes(sizes));
const row =
  (buffer: string): Place =>
  (index) =>
    `${buffer}[b * U + ${index}]`;

/** One step of one layer, a lane a unit of a sequence: from x, h and c in `kept` to h′, and to gates and c′ in `kept`. */
export function lstmStepCode(sizes: Sizes): string {
  const { x, h, c, gates, cell } = kept(sizes);
  return `${constants({ ...sizes })}
${elementary}
fn run(group: u32) {
  let at = group * LANES + lane;
  if (at >= given.B * U) { return; }
  let b = at / U;
  let j = at % U;
  for (var q = j; q < 4u * U; q += U) {
    var sum = bias[q];
    for (var k = 0u; k < I; k++) { sum += ${x('k')} * kernel[k * 4u * U + q]; }
    for (var k = 0u; k < U; k++) { sum += ${h('k')} * recurrentKernel[k * 4u * U + q]; }
    ${gates('q')} = sum;
  }
  ${cell('j')} = ${c('j')};
  ${lstm(gates, cell, row('hidden'))}
}
`;
}

/** Gradients of x, h, c, kernel, recurrentKernel and bias stand one behind the other; from dh′ and dc′ to δ and dc. */
export function gatesBackwardCode(sizes: Sizes): string {
  const { c, gates, cell } = kept(sizes);
  const dGates: Place = (index) => `dGates[b * 4u * U + ${index}]`;
  const dCell: Place = (index) => `gradients[given.B * (I + U) + b * U + ${index}]`;
  return `${constants({ ...sizes })}
${elementary}
fn run(group: u32) {
  let at = group * LANES + lane;
  if (at >= given.B * U) { return; }
  let b = at / U;
  let j = at % U;
  ${dCell('j')} = ${row('dNextCell')('j')};
  ${lstmBackward({ gates, previous: c, cell }, { dGates, dCell, dHidden: row('dNextHidden') })}
}
`;
}

/**
 * The other gradients, a lane a number, with W = [kernel; recurrentKernel; bias] and z = [x, h, 1]
 *
 *   d[x, h](b, k) = Σ_q δ(b, q) W(k, q),  dW(k, q) = Σ_b z(b, k) δ(b, q)
 */
export function productsBackwardCode(sizes: Sizes): string {
  const { x, h } = kept(sizes);
  return `${constants({ ...sizes, GATES: 4 * sizes.U })}
fn inputSlope(at: u32) {
  let b = at / (I + U);
  let k = at % (I + U);
  var sum = 0.0;
  if (k < I) {
    for (var q = 0u; q < GATES; q++) { sum += dGates[b * GATES + q] * kernel[k * GATES + q]; }
    gradients[b * I + k] = sum;
  } else {
    let j = k - I;
    for (var q = 0u; q < GATES; q++) { sum += dGates[b * GATES + q] * recurrentKernel[j * GATES + q]; }
    gradients[given.B * I + b * U + j] = sum;
  }
}

fn weightSlope(at: u32) {
  let k = at / GATES;
  let q = at % GATES;
  var sum = 0.0;
  for (var b = 0u; b < given.B; b++) {
    var z = 1.0;
    if (k < I) { z = ${x('k')}; } else if (k < I + U) { z = ${h('k - I')}; }
    sum += z * dGates[b * GATES + q];
  }
  gradients[given.B * (I + 2u * U) + at] = sum;
}

fn run(group: u32) {
  let at = group * LANES + lane;
  let inputs = given.B * (I + U);
  if (at < inputs) {
    inputSlope(at);
  } else if (at - inputs < ${u((sizes.I + sizes.U + 1) * 4 * sizes.U)}) {
    weightSlope(at - inputs);
  }
}
`;
}

/** The lanes of `productsBackwardCode`, over all workgroups. */
export function productsLanes({ B, I, U }: StepSizes): number {
  return B * (I + U) + (I + U + 1) * 4 * U;
}

/** Where c′ stands in `kept`, in floats. */
export function cellPlace({ B, ...sizes }: StepSizes): number {
  const { cell, ...before } = keptSizes(sizes);
  return B * sumOf(Object.values(before));
}
