import { u } from '@tapehead/core/kernels';
import { constantsOf, inRow, type Layout } from './layout.js';

/** What every step did, copied out of the rows: a workgroup a step of a sequence. */
export function traceCode(layout: Layout): string {
  const next = (part: 'memory' | 'reads' | 'weights') => inRow(layout, part, 'next');
  return `${constantsOf(layout)}
fn run(group: u32) {
  if (group >= given.B * given.T) { return; }
  let row = (group + group / given.T) * ROW; // T + 1 rows a sequence
  let next = row + ROW;
  for (var i = lane; i < N * M; i += LANES) { memory[group * N * M + i] = ${next('memory')('(i % M) * N + i / M')}; }
  for (var i = lane; i < R * M; i += LANES) { reads[group * R * M + i] = ${next('reads')('i')}; }
  for (var i = lane; i < R * N; i += LANES) { readWeights[group * R * N + i] = ${next('weights')('i')}; }
  for (var i = lane; i < W * N; i += LANES) { writeWeights[group * W * N + i] = ${next('weights')('R * N + i')}; }
  for (var i = lane; i < ${u(layout.raw)}; i += LANES) {
    heads[group * ${u(layout.raw)} + i] = ${inRow(layout, 'heads', 'row')('i')};
  }
}
`;
}
