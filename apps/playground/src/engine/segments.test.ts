import { expect, test } from 'vitest';
import { segmentsOf } from './segments.js';

const head = { kind: 'write', index: 0 } as const;
const gate = { what: 'gate', head, step: 3, value: 0.5, lasts: 'once' } as const;
const shift = { what: 'shift', head, step: 5, value: 1, lasts: 'on' } as const;
const edit = { what: 'memory', row: 2, step: 4, value: 0 } as const;

test('an episode left alone is one segment', () => {
  expect(segmentsOf(9, [])).toEqual([{ from: 0, to: 9, edits: [], forced: [] }]);
});

test('what is done once holds for one step, what is done from a step on holds to the end, an edit for none', () => {
  expect(segmentsOf(9, [shift, gate, edit])).toEqual([
    { from: 0, to: 3, edits: [], forced: [] },
    { from: 3, to: 4, edits: [], forced: [gate] },
    { from: 4, to: 5, edits: [edit], forced: [] },
    { from: 5, to: 9, edits: [], forced: [shift] },
  ]);
});

test('what lies beyond the last step of a shorter episode is left out', () => {
  expect(segmentsOf(4, [shift, gate, edit])).toEqual([
    { from: 0, to: 3, edits: [], forced: [] },
    { from: 3, to: 4, edits: [], forced: [gate] },
  ]);
});
