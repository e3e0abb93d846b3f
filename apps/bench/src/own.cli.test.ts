import { appendFileSync, cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCheckpoint } from '@tapehead/training/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeModules } from './testing/modules.js';
import { type Ended, events, runProgram } from './testing/program.js';

const folder = mkdtempSync(join(tmpdir(), 'tapehead-own-'));
const stripsTypes = Boolean(Reflect.get(process.features, 'typescript'));

const tapehead = (...args: string[]): Promise<Ended> => runProgram(folder, [...args, '--backend', 'cpu']);
const textOf = (file: string) => readFileSync(join(folder, file), 'utf8');

function train(module: string, file: string, sequences: number, ...more: string[]): Promise<Ended> {
  const budget = ['--sequences', String(sequences), '--checkpoint', file, '--force', '--json'];
  return tapehead('train', module, ...budget, ...more);
}

beforeAll(() => writeModules(folder));

describe('an error of a module', () => {
  const late = `export const task = {
  name: 'late', inputSize: 1, outputSize: 1,
  episode(random) {
    if (globalThis.drawn++ > 20) throw new TypeError('no data');
    return { steps: 1, inputSize: 1, outputSize: 1, input: Float32Array.of(random.bit()),
      target: new Float32Array(1), mask: Float32Array.of(1) };
  },
};
globalThis.drawn ??= 0;
`;

  it.each([
    [
      'syntax',
      'export const task = 1;\nconst = 2;\n',
      /cannot be imported: Unexpected token '=' \(line 2\)$/,
    ],
    ['missing', "import './nowhere.mjs';\n", /cannot be imported: Cannot find module .*nowhere\.mjs/],
    ['thrown', '\nexport const task = absent;\n', /: absent is not defined \(at thrown\.mjs:2:21\)$/],
    ['late', late, /task 'late': its episode\(\) failed: no data \(at late\.mjs:4:\d+\)$/],
  ])('(%s) is one line with the place in it', async (name, code, line) => {
    writeFileSync(join(folder, `${name}.mjs`), code);
    const ended = await train(`./${name}.mjs`, `${name}.st`, 100);
    expect(ended.code).toBe(1);
    const [last = ''] = ended.stderr.trimEnd().split('\n').slice(-1);
    expect(last).toMatch(/^tapehead: /);
    expect(last).toMatch(line);
    expect(ended.stderr).not.toContain('    at ');
  });
});

describe('a model from a module, which imports what the program brings', () => {
  const two = ['--threads', String(Math.min(2, availableParallelism()))];

  it('learns on two threads what it learns on one, and is resumed and measured', async () => {
    expect(await train('./model.mjs', 'one.st', 60, '--batch', '4')).toMatchObject({ code: 0 });
    expect(await train('./model.mjs', 'two.st', 40, '--batch', '4', ...two)).toMatchObject({ code: 0 });
    expect(await train('./model.mjs', 'two.st', 60, ...two, '--resume', 'two.st')).toMatchObject({ code: 0 });
    const [wanted, got] = await Promise.all(
      ['one.st', 'two.st'].map((file) => loadCheckpoint(join(folder, file))),
    );
    expect(got?.notes).toEqual(wanted?.notes);
    for (const [name, { values }] of Object.entries(wanted?.parameters ?? {})) {
      const largest = Math.max(...Array.from(values, Math.abs));
      // Sums of float32 in another order.
      got?.parameters[name]?.values.forEach((value, i) => {
        expect(Math.abs(value - (values[i] ?? Number.NaN))).toBeLessThanOrEqual(1e-5 * largest);
      });
    }
    expect(await tapehead('evaluate', '--checkpoint', 'two.st')).toMatchObject({ code: 0 });
  }, 60_000);

  it('with a cost of its own is trained on threads and measured by it', async () => {
    const { code, stdout } = await train('./cost.mjs', 'cost.st', 8, '--batch', '4', ...two);
    expect(code).toBe(0);
    expect(events(stdout).at(-1)).toMatchObject({ event: 'done', solved: null, unit: 'hinge' });
    const measured = await tapehead('evaluate', '--checkpoint', 'cost.st', '--at', 'bits=3', '--json');
    expect(events(measured.stdout)).toMatchObject([{ unit: 'hinge', value: 3 }]);
  });

  it('is told of in one line where it fails, in this thread and in another', async () => {
    const wrong =
      "import { NTM } from '@tapehead/ntm';\nexport { task } from './parity.mjs';\nexport const model = () =>\n  NTM.build({ memorysize: 3 });\n";
    writeFileSync(join(folder, 'option.mjs'), wrong);
    const ended = await train('./option.mjs', 'option.st', 4);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/did you mean 'memorySize'\? \(at option\.mjs:4:7\)\n$/);
    if (availableParallelism() === 1) return;
    const code = `import { isMainThread } from 'node:worker_threads';\nif (!isMainThread) throw new Error('only here');\n`;
    writeFileSync(join(folder, 'worker.mjs'), code + textOf('model.mjs'));
    const { code: exit, stderr } = await train('./worker.mjs', 'worker.st', 8, '--batch', '2', ...two);
    expect(exit).toBe(1);
    expect(stderr).toMatch(/only here \(at worker\.mjs:2:\d+\)\n$/);
  }, 60_000);

  it('of TypeScript is trained where Node strips types, and refused where it does not', async () => {
    writeFileSync(
      join(folder, 'typed.ts'),
      "export { task } from './parity.mjs';\nexport const n: number = 1;\n",
    );
    const { code, stderr } = await train('./typed.ts', 'typed.st', 4);
    expect(code).toBe(stripsTypes ? 0 : 2);
    if (!stripsTypes) expect(stderr).toContain('expected a .js or .mjs module, because Node v20');
  });

  it('with classes is reproduced in the unit of its cost', async () => {
    cpSync(new URL('../../../examples/tasks/which-symbol.js', import.meta.url), join(folder, 'which.js'));
    const flags = ['--model', 'lstm', '--layers', '1', '--controller-size', '4', '--seeds', '1'];
    const budget = ['--sequences', '200', '--out', 'classes'];
    expect(await tapehead('reproduce', './which.js', ...flags, ...budget)).toMatchObject({ code: 0 });
    const [run] = JSON.parse(textOf('classes/results.json')).runs;
    expect(run).toMatchObject({
      unit: 'bits per step',
      evaluation: { trained: { wrongClasses: expect.any(Number) } },
    });
    expect(run).not.toHaveProperty('bits');
    const [first = ''] = textOf('classes/runs/which-symbol-lstm-seed1/curve.jsonl').split('\n');
    expect(Object.keys(JSON.parse(first))).toEqual(['sequences', 'seconds', 'cost']);
    const report = textOf('classes/report.md');
    expect(report).toContain('bits per step');
    expect(report).not.toContain('the paper |');
  }, 60_000);

  it('is reproduced, gone on with beside a net of the paper, and stands in the report', async () => {
    const reproduce = (...more: string[]) => tapehead('reproduce', '--out', 'rep', '--seeds', '1', ...more);
    const runs = () => JSON.parse(textOf('rep/results.json')).runs;
    expect(await reproduce('./model.mjs', '--sequences', '100')).toMatchObject({ code: 0 });
    const both = ['--resume', '--model', 'own,lstm', '--sequences', '200', '--layers', '1'];
    expect(await reproduce('./model.mjs', ...both)).toMatchObject({ code: 0 });
    expect(runs()).toMatchObject([{ sequences: 200 }, { sequences: 200 }]);
    expect(textOf('rep/report.md')).toContain('parity: own model');
    appendFileSync(join(folder, 'model.mjs'), '\n');
    const { code, stderr } = await reproduce('--resume', '--sequences', '300');
    expect(code).toBe(2);
    expect(stderr).toContain('model.mjs, the module of its task, has changed since; pass model.mjs');
  }, 60_000);
});
