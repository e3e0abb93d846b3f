import { u } from './place.js';

/** Part of a sum: `term` of the `depth` indices `k`, for the sum `j`; both are WGSL names. */
export interface Terms {
  readonly depth: number;
  /** Statements before the term. */
  readonly before?: string;
  readonly term: string;
}

/**
 * Code for many sums at once, sum(j) = Σ_k term(j, k): the lanes share the terms of a sum where there are fewer sums than
 * lanes. `store` is code for one lane a sum, and must not change what the terms read. A barrier stands behind it.
 *
 * @param along what neighbouring lanes differ in, so that they read neighbouring memory: the sum or the term
 */
export function sums(
  lanes: number,
  count: number,
  terms: readonly Terms[],
  store: string,
  along: 'sums' | 'terms' = 'sums',
): string {
  const depth = terms.reduce((all, each) => all + each.depth, 0);
  const parts = along === 'sums' ? partsAcross(lanes, count, depth) : partsInside(lanes, count, depth);
  if (parts === 1) return sumsAlone(count, terms, store);
  const atOnce = Math.floor(lanes / parts);
  const [sum, part, step] =
    along === 'sums'
      ? [`lane % ${u(atOnce)}`, `lane / ${u(atOnce)}`, u(atOnce)]
      : [`lane / ${u(parts)}`, `lane % ${u(parts)}`, '1u'];
  const first = along === 'sums' ? 'lane' : `lane * ${u(parts)}`;
  const loops = terms.map((each) => loopOver(each, 'part', u(parts)));
  return `
for (var first = 0u; first < ${u(count)}; first += ${u(atOnce)}) {
  {
    let j = first + ${sum};
    let part = ${part};
    var sum = 0.0;
    if (part < ${u(parts)} && j < ${u(count)}) {
      ${loops.join('\n      ')}
    }
    strands[lane] = sum;
  }
  meet();
  if (lane < ${u(atOnce)} && first + lane < ${u(count)}) {
    let j = first + lane;
    var sum = 0.0;
    for (var part = 0u; part < ${u(parts)}; part++) { sum += strands[${first} + part * ${step}]; }
    ${store}
  }
  meet();
}`;
}

/** A lane a sum. */
function sumsAlone(count: number, terms: readonly Terms[], store: string): string {
  const loops = terms.map((each) => loopOver(each, '0u', '1u'));
  return `
for (var j = lane; j < ${u(count)}; j += LANES) {
  var sum = 0.0;
  ${loops.join('\n  ')}
  ${store}
}
meet();`;
}

function loopOver({ depth, before = '', term }: Terms, first: string, step: string): string {
  return `for (var k = ${first}; k < ${u(depth)}; k += ${step}) { ${before} sum += ${term}; }`;
}

function partsAcross(lanes: number, count: number, depth: number): number {
  return Math.max(1, Math.min(Math.floor(lanes / count), depth));
}

/** A power of two: eight lanes read 32 neighbouring bytes. */
function partsInside(lanes: number, count: number, depth: number): number {
  const wanted = Math.max(Math.floor(lanes / count), Math.min(8, lanes));
  return 2 ** Math.floor(Math.log2(Math.max(1, Math.min(wanted, depth))));
}
