import { appendFileSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openCurve, solvedAfter, worstAfter } from './curve.js';
import type { Point } from './format.js';

/** A file of its own. */
function fresh(): string {
  return join(mkdtempSync(join(tmpdir(), 'tapehead-')), 'curve.jsonl');
}

/** Tells a curve of sequences as a run would, each of which costs its number, from `from` on. */
async function train(path: string, from: number, to: number, size = 1): Promise<Point[]> {
  const curve = await openCurve(path, from, 'bits');
  const costs = new Float64Array(1000);
  for (let i = 0; i < from; i++) costs[i % 1000] = i + 1;
  for (let sequences = from; sequences < to; ) {
    for (let i = 0; i < size; i++) costs[sequences++ % 1000] = sequences;
    curve.tell({ sequences, costs }, 0);
  }
  await curve.save();
  return [...curve.points];
}

const flat = (bits: readonly number[]): Point[] =>
  bits.map((each, i) => ({ sequences: 100 * (i + 1), cost: each, seconds: i }));

describe('a learning curve', () => {
  it('has the mean cost of each hundred sequences', async () => {
    const path = fresh();
    const points = await train(path, 0, 350);
    expect(JSON.parse(readFileSync(path, 'utf8').split('\n')[0] ?? '')).toMatchObject({ bits: 50.5 });
    expect(points.map(({ sequences, cost }) => [sequences, cost])).toEqual([
      [100, 50.5],
      [200, 150.5],
      [300, 250.5],
    ]);
  });

  it('with batches that no hundred is a multiple of, has a point at the first update beyond each', async () => {
    const points = await train(fresh(), 0, 320, 32);
    expect(points.map(({ sequences }) => sequences)).toEqual([128, 224, 320]);
  });

  it('is the same when it was interrupted, and what came after the checkpoint was lost', async () => {
    const [whole, broken] = [fresh(), fresh()];
    await train(whole, 0, 1250);
    await train(broken, 0, 730);
    appendFileSync(broken, '{"sequences":800,"bi');
    await train(broken, 555, 1250);
    expect(readFileSync(broken, 'utf8')).toBe(readFileSync(whole, 'utf8'));
  });
});

describe('solved', () => {
  it('is the first point whose last ten have a mean under 0.05 bits', () => {
    const points = flat([...Array(5).fill(1), ...Array(20).fill(0.01)]);
    // Nine points of 0.01 and one of 1 have a mean of 0.109, ten of 0.01 are under: the 15th.
    expect(solvedAfter(points, 0.05)).toBe(1500);
  });

  it('is never before a thousand sequences', () => {
    expect(solvedAfter(flat(Array(9).fill(0)), 0.05)).toBeUndefined();
    expect(solvedAfter(flat(Array(10).fill(0)), 0.05)).toBe(1000);
  });

  it('is nothing where there is no threshold', () => {
    expect(solvedAfter(flat(Array(10).fill(0)), undefined)).toBeUndefined();
  });

  it('tells of a fall afterwards', () => {
    const points = flat([...Array(10).fill(0), 8, ...Array(12).fill(0)]);
    expect(worstAfter(points, 1000)).toBeCloseTo(0.8, 12);
    expect(worstAfter(points, 2100)).toBe(0);
  });
});
