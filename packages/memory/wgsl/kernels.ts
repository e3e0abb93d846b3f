import { batched, constants, lanesCode, type Place, placeIn, sums, turned } from '@tapehead/core/kernels';
import type { WriteSizes } from '../src/fused/op.js';
import { type WritePlaces, write, writeBackward } from './write.js';

/** What a program is compiled for. */
type Sizes = Omit<WriteSizes, 'B'>;

/** [erase M, add M] of each head, which stand apart. */
const vectorOf = `
fn vectorOf(b: u32, p: u32) -> f32 {
  let at = (b * W + p / (2u * M)) * M + p % M;
  if (p % (2u * M) < M) { return erase[at]; }
  return add[at];
}`;

const places: WritePlaces = {
  memory: turned(placeIn('memory', 'b * N * M')),
  weights: placeIn('weights', 'b * W * N'),
  vectors: (index) => `vectorOf(b, ${index})`,
};

/** Writing of all heads, a lane a component of a location: memory, weights, erase and add to the memory `after`. */
export function writeHeadsCode(sizes: Sizes): string {
  return `${constants(sizes)}
${vectorOf}
fn run(group: u32) {
  let at = group * LANES + lane;
  if (at >= given.B * N * M) { return; }
  let b = at / (N * M);
  let i = at / M % N;
  let m = at % M;
  ${write(places)}
  after[at] = written;
}
`;
}

/**
 * The gradients of memory, weights, erase and add, one behind the other, a workgroup a sequence. That of the new memory
 * stands where that of the old one will.
 */
export function writeHeadsBackwardCode(sizes: Sizes, lanes: number): string {
  const { W, N, M } = sizes;
  const to = batched('gradients', { dMemory: N * M, dWeights: W * N, dErase: W * M, dAdd: W * M });
  const dVectors: Place = (index) => `gradients[vectorPlace(b, ${index})]`;
  return `${constants(sizes)}
${lanesCode(lanes, true)}
${vectorOf}
fn vectorPlace(b: u32, p: u32) -> u32 {
  let first = given.B * (N * M + W * N + select(0u, W * M, p % (2u * M) >= M));
  return first + (b * W + p / (2u * M)) * M + p % M;
}
fn run(b: u32) {
  if (b >= given.B) { return; }
  for (var i = lane; i < N; i += LANES) {
    for (var h = 0u; h < W; h++) { ${to.dWeights('h * N + i')} = 0.0; }
  }
  ${writeBackward(
    places,
    { dMemory: turned(to.dMemory), dWeights: to.dWeights, dVectors },
    (before, term, store) => sums(lanes, 2 * W * M, [{ depth: N, before, term }], store, 'terms'),
  )}
}
`;
}
