import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectClose } from '@tapehead/testing';
import { expect, test } from 'vitest';
import { Answers } from './answers.js';
import { fixtures, runPython, withPython } from './python.js';

test('PyTorch answers as it did when its answers were committed', ({ task, skip }) => {
  withPython(task.name, skip);
  const now = mkdtempSync(join(tmpdir(), 'tapehead-pytorch-'));
  try {
    runPython('answers.py', now);
    expect(readdirSync(now)).toEqual(
      expect.arrayContaining(['checkpoint-answers.safetensors', 'imported-answers.safetensors']),
    );
    for (const file of readdirSync(now)) {
      const [committed, computed] = [Answers.in(fixtures, file), Answers.in(now, file)];
      expect(computed.names('')).toEqual(committed.names(''));
      // float64, rounded to the float32 of the file.
      for (const name of committed.names(''))
        expectClose(computed.get(name).values, committed.get(name).values, 1e-6, name);
    }
  } finally {
    rmSync(now, { recursive: true });
  }
});

test('the tests of the Python files pass', ({ task, skip }) => {
  withPython(task.name, skip);
  expect(() => runPython('-m', 'unittest')).not.toThrow();
});
