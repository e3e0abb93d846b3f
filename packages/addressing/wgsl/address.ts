import { from, type Place } from '@tapehead/core/kernels';
import { type ContentPlaces, content, contentBackward, inverseKey, inverseRoot } from './content.js';
import { interpolation } from './interpolation.js';
import { floored, sharpen, sharpenBackward } from './sharpening.js';
import { shift, shiftBackward, tapsBackward } from './shift.js';

/** The functions of all stages. */
export const addressingFunctions = [inverseRoot, interpolation, floored].join('');

/** What one head works on. */
export interface HeadPlaces {
  /** [key M, β, g, shift S, γ] */
  readonly head: Place;
  /** The memory turned, `[M, N]`, and 1 / max(|M(i)|, ε), `[N]`. */
  readonly memory: Place;
  readonly inverses: Place;
  /** Where it looked before, and where it looks now, `[N]`; forward they may be the same. */
  readonly previous: Place;
  readonly weights: Place;
  /** What backward needs again, `[N]` each: K, w_c and w̃. */
  readonly similarity: Place;
  readonly content: Place;
  readonly shifted: Place;
  /** Work memory of the workgroup for w_g, `[N]`. */
  readonly gated: Place;
}

/** Where the gradients of one head go. */
export interface HeadGradients {
  /** Like `head`; written. */
  readonly dHead: Place;
  /** dw, which becomes dw_prev. */
  readonly dWeights: Place;
  /** Added to. */
  readonly dMemory: Place;
  /** Work memory of the workgroup, `[N]` each. */
  readonly dShifted: Place;
  readonly dots: Place;
}

const scalars = (head: Place): string => `
let beta = ${head('M')};
let gate = ${head('M + 1u')};
let gamma = ${head('M + 2u + S')};`;

function contentPlaces({ head, memory, inverses, similarity, content: weights }: HeadPlaces): ContentPlaces {
  return { key: head, memory, inverses, similarity, weights };
}

/** The four stages of addressing in one (Graves et al. 2014, figure 2): content, interpolation, shift, sharpening. */
export function addressing(at: HeadPlaces): string {
  const { head, previous, weights, content: contentWeights, shifted, gated } = at;
  return `
{
  ${scalars(head)}
  ${inverseKey(head)}
  ${content(contentPlaces(at))}
  for (var i = lane; i < N; i += LANES) {
    ${gated('i')} = interpolate(${contentWeights('i')}, ${previous('i')}, gate);
  }
  meet();
  for (var i = lane; i < N; i += LANES) {
    ${shift(gated, from(head, 'M + 2u'))}
    ${shifted('i')} = shifted;
  }
  ${sharpen(weights, shifted)}
}`;
}

/** @param sumsOver see `contentBackward` */
export function addressingBackward(
  at: HeadPlaces,
  { dHead, dWeights, dMemory, dShifted, dots }: HeadGradients,
  sumsOver: (store: string) => string,
): string {
  const { head, previous, weights, content: contentWeights, shifted, gated } = at;
  const taps = from(head, 'M + 2u');
  return `
{
  ${scalars(head)}
  ${inverseKey(head)}
  ${sharpenBackward(dShifted, dWeights, weights, shifted)}
  for (var i = lane; i < N; i += LANES) {
    ${gated('i')} = interpolate(${contentWeights('i')}, ${previous('i')}, gate);
  }
  meet();
  var dGate = 0.0;
  for (var i = lane; i < N; i += LANES) {
    ${shiftBackward(dShifted, taps)}
    dGate += interpolationSlope(dGated, ${contentWeights('i')}, ${previous('i')});
    ${dWeights('i')} = (1.0 - gate) * dGated;
    ${dots('i')} = gate * dGated;
  }
  dGate = sumOf(dGate);
  ${tapsBackward(from(dHead, 'M + 2u'), dShifted, gated)}
  ${contentBackward(contentPlaces(at), { dots, dMemory, dKey: dHead }, sumsOver)}
  if (lane == 0u) {
    ${dHead('M')} = dBeta;
    ${dHead('M + 1u')} = dGate;
    ${dHead('M + 2u + S')} = dGamma;
  }
  meet();
}`;
}
