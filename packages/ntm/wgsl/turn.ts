import { u } from '@tapehead/core/kernels';
import { countOf } from '../src/fused/op.js';
import { parameterShapes } from '../src/fused/sizes.js';
import type { Layout } from './layout.js';

/** The numbers that one workgroup turns. */
const chunk = 2048;

/** The workgroups that turn the weights. */
export function turnGroups({ learned }: Layout): number {
  return Math.ceil(learned.end / chunk);
}

/**
 * Code that turns the weights, each [depth, width] to [width, depth] in its place, so that on the way back, too,
 * neighbouring lanes read neighbouring numbers.
 */
export function turnCode({ net, learned }: Layout): string {
  let first = 0;
  const cases = parameterShapes({ ...net, batch: 1, time: 1 }).map((shape) => {
    const at = first;
    first += countOf(shape);
    const [depth, width] = shape.length === 2 ? shape : [1, ...shape];
    return `if (i < ${u(first)}) { return ${u(at)} + ((i - ${u(at)}) % ${u(width ?? 1)}) * ${u(depth ?? 1)} + (i - ${u(at)}) / ${u(width ?? 1)}; }`;
  });
  return `
fn turnedPlace(i: u32) -> u32 {
  ${cases.join('\n  ')}
  return i;
}

fn turn(chunk: u32) {
  for (var i = chunk * ${u(chunk)} + lane; i < min((chunk + 1u) * ${u(chunk)}, ${u(learned.end)}); i += LANES) {
    turned[turnedPlace(i)] = learned[i];
  }
}`;
}
