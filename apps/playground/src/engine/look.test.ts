import { useBackend } from '@tapehead/backend';
import { NTM } from '@tapehead/ntm';
import { copy, createRandom } from '@tapehead/tasks';
import { memory } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Meddling } from '../run/episodeSpec.js';
import type { Look } from '../run/look.js';
import { lookAt } from './look.js';

beforeAll(async () => {
  await useBackend('cpu');
});

const task = copy({ width: 3 });
const episode = task.episode(createRandom(1), { minLength: 4, maxLength: 4 });
const [rows, width] = [8, 5];

function net() {
  return NTM.build({
    inputSize: task.inputSize,
    outputSize: task.outputSize,
    memorySize: rows,
    memoryDim: width,
    controllerSize: 7,
    numHeads: 2,
    seed: 3,
  });
}

function headOf({ heads }: Look, kind: 'read' | 'write', index: number) {
  const found = heads.find((head) => head.kind === kind && head.index === index);
  if (found === undefined) throw new Error(`no ${kind} head ${index}`);
  return found;
}

const at = (values: Float32Array, step: number, size = rows): number[] =>
  Array.from(values.subarray(step * size, (step + 1) * size));
const near = (values: readonly number[], digits = 5) => values.map((value) => expect.closeTo(value, digits));

describe('a look at an episode', () => {
  test('is the same whole and cut into parts by meddling that changes nothing', async () => {
    const whole = await lookAt(net(), episode);
    const write = headOf(whole, 'write', 1);
    const idle: Meddling[] = [2, 5].map((step) => ({
      what: 'gate',
      head: { kind: 'write', index: 1 },
      step,
      value: write.gate[step] ?? 0,
      lasts: 'once',
    }));
    const cut = await lookAt(net(), episode, idle);
    for (const head of whole.heads) {
      const other = headOf(cut, head.kind, head.index);
      for (const part of ['previous', 'content', 'interpolated', 'shifted', 'sharpened', 'vector'] as const) {
        expect(Array.from(other[part])).toEqual(near(Array.from(head[part])));
      }
    }
    expect(Array.from(cut.memory)).toEqual(near(Array.from(whole.memory)));
    expect(Array.from(cut.output)).toEqual(near(Array.from(whole.output)));
  });

  test('shows stages that follow from each other: what is sharpened is where the head was before the next step', async () => {
    const look = await lookAt(net(), episode);
    for (const { sharpened, previous } of look.heads) {
      for (let t = 1; t < look.steps; t++) expect(at(previous, t)).toEqual(near(at(sharpened, t - 1)));
    }
  });

  test('shows what equation 7 makes of content and the step before', async () => {
    const look = await lookAt(net(), episode);
    const { gate, content, previous, interpolated } = headOf(look, 'read', 0);
    for (let t = 0; t < look.steps; t++) {
      const g = gate[t] ?? Number.NaN;
      const mixed = at(content, t).map(
        (weight, row) => g * weight + (1 - g) * (at(previous, t)[row] ?? Number.NaN),
      );
      expect(at(interpolated, t)).toEqual(near(mixed));
    }
  });

  test('has a forced shift move one head and no other', async () => {
    const step = 3;
    const held: Meddling[] = (['gate', 'shift'] as const).map((what) => ({
      what,
      head: { kind: 'read', index: 1 },
      step,
      value: what === 'gate' ? 0 : -1,
      lasts: 'once',
    }));
    const [before, after] = [await lookAt(net(), episode), await lookAt(net(), episode, held)];
    const { previous, shifted } = headOf(after, 'read', 1);
    const moved = at(previous, step).map((_, row) => at(previous, step)[(row + 1) % rows] ?? Number.NaN);
    expect(at(shifted, step)).toEqual(near(moved));
    expect(at(headOf(after, 'read', 0).sharpened, step)).toEqual(
      near(at(headOf(before, 'read', 0).sharpened, step)),
    );
  });

  test('has an edited row hold its value, but for what is written to it at that step', async () => {
    const [step, row] = [2, 6];
    const wiped = await lookAt(net(), episode, [{ what: 'memory', row, step, value: 0 }]);
    const wanted = new Array<number>(width).fill(0);
    for (const index of [0, 1]) {
      const { sharpened, vector } = headOf(wiped, 'write', index);
      at(vector, step, width).forEach((added, cell) => {
        wanted[cell] = (wanted[cell] ?? 0) + (at(sharpened, step)[row] ?? 0) * added;
      });
    }
    const memoryThen = at(wiped.memory, step, rows * width).slice(row * width, (row + 1) * width);
    expect(memoryThen).toEqual(near(wanted));
  });

  test('leaves no tensor behind', async () => {
    const own = net();
    const meddling: Meddling[] = [{ what: 'memory', row: 1, step: 2, value: 1 }];
    await lookAt(own, episode, meddling);
    const before = memory().numTensors;
    await lookAt(own, episode, meddling);
    expect(memory().numTensors).toBe(before);
  });
});
