import { onEachBackend } from '@tapehead/testing';
import { test } from 'vitest';
import {
  allocationWeighting,
  backwardWeighting,
  forwardWeighting,
  readWeighting,
  retentionVector,
  updateLinks,
  updatePrecedence,
  updateUsage,
  writeWeighting,
} from '../dnc.js';
import { expectAsSlowly, type Transcribed } from '../testing/slowly.js';
import {
  slowAllocation,
  slowBackward,
  slowForward,
  slowLinks,
  slowPrecedence,
  slowReadWeighting,
  slowRetention,
  slowUsage,
  slowWriteWeighting,
} from './transcription.js';

const transcribed = (heads: number, rows: number): Record<string, Transcribed> => ({
  retentionVector: {
    shapes: { freeGate: [heads], readWeights: [heads, rows] },
    formula: (given) => retentionVector(given.any('freeGate'), given.cube('readWeights')),
    slow: slowRetention,
  },
  updateUsage: {
    shapes: { usage: [rows], writeWeights: [rows], retention: [rows] },
    formula: (given) =>
      updateUsage(given.matrix('usage'), given.matrix('writeWeights'), given.matrix('retention')),
    slow: slowUsage,
  },
  allocationWeighting: {
    shapes: { usage: [rows] },
    formula: (given) => allocationWeighting(given.matrix('usage')),
    slow: slowAllocation,
  },
  writeWeighting: {
    shapes: { writeGate: [1], allocationGate: [1], allocation: [rows], content: [rows] },
    formula: (given) =>
      writeWeighting(
        given.any('writeGate'),
        given.any('allocationGate'),
        given.matrix('allocation'),
        given.matrix('content'),
      ),
    slow: slowWriteWeighting,
  },
  updatePrecedence: {
    shapes: { precedence: [rows], writeWeights: [rows] },
    formula: (given) => updatePrecedence(given.matrix('precedence'), given.matrix('writeWeights')),
    slow: slowPrecedence,
  },
  updateLinks: {
    shapes: { links: [rows, rows], precedence: [rows], writeWeights: [rows] },
    formula: (given) =>
      updateLinks(given.cube('links'), given.matrix('precedence'), given.matrix('writeWeights')),
    slow: slowLinks,
  },
  forwardWeighting: {
    shapes: { links: [rows, rows], readWeights: [heads, rows] },
    formula: (given) => forwardWeighting(given.cube('links'), given.cube('readWeights')),
    slow: slowForward,
  },
  backwardWeighting: {
    shapes: { links: [rows, rows], readWeights: [heads, rows] },
    formula: (given) => backwardWeighting(given.cube('links'), given.cube('readWeights')),
    slow: slowBackward,
  },
  readWeighting: {
    shapes: { modes: [heads, 3], backward: [heads, rows], content: [heads, rows], forward: [heads, rows] },
    formula: (given) =>
      readWeighting(
        given.cube('modes'),
        given.cube('backward'),
        given.cube('content'),
        given.cube('forward'),
      ),
    slow: slowReadWeighting,
  },
});

onEachBackend('the addressing of the DNC equals its slow transcription, in value and gradient,', () => {
  test.each([
    { seed: 1, batch: 1, heads: 1, rows: 1 },
    { seed: 2, batch: 2, heads: 3, rows: 5 },
    { seed: 3, batch: 3, heads: 2, rows: 8 },
    { seed: 4, batch: 1, heads: 5, rows: 13 },
  ])('with %o', ({ seed, batch, heads, rows }) => {
    for (const [name, each] of Object.entries(transcribed(heads, rows))) {
      expectAsSlowly(name, each, { batch, seed });
    }
  });
});
