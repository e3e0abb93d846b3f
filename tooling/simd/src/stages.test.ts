import { beforeAll, describe, expect, test } from 'vitest';
import addressing from '../../../packages/addressing/fixtures/addressing.json' with { type: 'json' };
import lstm from '../../../packages/controller/fixtures/lstm.json' with { type: 'json' };
import memory from '../../../packages/memory/fixtures/memory.json' with { type: 'json' };
import { type Assembled, assembled, flat, type Nested } from './assembled.js';

interface Golden {
  function: string;
  inputs: Readonly<Record<string, Nested | undefined>>;
  output: Nested;
  cotangent: Nested;
  gradients: Readonly<Record<string, Nested | undefined>>;
}

const named = <T extends Golden>(cases: readonly T[], name: string) =>
  cases.filter((each) => each.function === name);
const entries = ['addressing', 'memory', 'controller'] as const;

describe.each(['simd', 'relaxed'] as const)('%s kernels against float64 golden vectors', (kind) => {
  const modules = new Map<string, Assembled>();
  beforeAll(async () => {
    for (const entry of entries) {
      modules.set(entry, await assembled(`../../packages/${entry}/assembly/kernels.ts`, kind));
    }
  }, 120_000);

  test.each(named(addressing, 'address'))(
    'address: batch $batch, $heads heads, N $N, M $M, $shifts taps',
    (golden) => {
      const { module, given, space } = start('addressing', golden);
      const sizes = [golden.batch, golden.heads, golden.N, golden.M, golden.shifts] as const;
      const workspace = module.space(module.call('addressWorkspaceBytes', ...sizes) / 4);
      const weights = module.space(flat(golden.output).length);
      const names = ['key', 'beta', 'gate', 'shift', 'gamma', 'memory', 'previous'];
      module.call('addressHeads', ...sizes, workspace, ...names.map(given), weights);
      expectNear(module, weights, golden.output, 1e-5);
      module.call(
        'addressHeadsBackward',
        ...sizes,
        workspace,
        module.floats(golden.cotangent),
        ...names.map(space),
      );
      expectGradients(module, golden, names, space);
    },
  );

  test.each(named(memory, 'read'))('read: batch $batch, $heads heads, N $N, M $M', (golden) => {
    const { module, given, space } = start('memory', golden);
    const { batch, heads, N, M } = golden;
    const workspace = module.space(module.call('memoryWorkspaceBytes', 1, heads, N, M) / 4);
    const reads = module.space(flat(golden.output).length);
    const names = ['memory', 'weights'];
    module.call('readHeads', batch, heads, N, M, workspace, ...names.map(given), reads);
    expectNear(module, reads, golden.output, 1e-5);
    const cotangent = module.floats(golden.cotangent);
    module.call(
      'readHeadsBackward',
      batch,
      heads,
      N,
      M,
      workspace,
      ...names.map(given),
      cotangent,
      ...names.map(space),
    );
    expectGradients(module, golden, names, space);
  });

  test.each(named(memory, 'write'))('write: batch $batch, $heads heads, N $N, M $M', (golden) => {
    const { module, given, space } = start('memory', golden);
    const { batch, heads, N, M } = golden;
    const workspace = module.space(module.call('memoryWorkspaceBytes', 1, heads, N, M) / 4);
    const written = module.space(flat(golden.output).length);
    const names = ['memory', 'weights', 'erase', 'add'];
    module.call('writeHeads', batch, heads, N, M, workspace, ...names.map(given), written);
    expectNear(module, written, golden.output, 1e-5);
    const cotangent = module.floats(golden.cotangent);
    module.call(
      'writeHeadsBackward',
      batch,
      heads,
      N,
      M,
      workspace,
      ...names.map(given),
      cotangent,
      ...names.map(space),
    );
    expectGradients(module, golden, names, space);
  });

  test.each(lstm)('an LSTM step: batch $batch, $inputSize inputs, $units units', (golden) => {
    const { module, given, space } = start('controller', golden);
    const { batch, inputSize, units } = golden;
    const room = (door: string) => module.space(module.call(door, batch, inputSize, units) / 4);
    const sizesAndRooms = [
      batch,
      inputSize,
      units,
      room('lstmKeptBytes'),
      room('lstmWorkspaceBytes'),
    ] as const;
    const [h, c] = [module.space(batch * units), module.space(batch * units)];
    const names = ['x', 'h', 'c', 'kernel', 'recurrentKernel', 'bias'];
    module.call('lstmStep', ...sizesAndRooms, ...names.map(given), h, c);
    const halves = (rows: readonly number[][], half: number) =>
      rows.map((row) => row.slice(half * units, (half + 1) * units));
    expectNear(module, h, halves(golden.output, 0), 1e-5);
    expectNear(module, c, halves(golden.output, 1), 1e-5);
    const [dh, dc] = [0, 1].map((half) => module.floats(halves(golden.cotangent, half)));
    const gradients = names.map(space);
    const seen = [given('kernel'), given('recurrentKernel'), dh ?? 0, dc ?? 0];
    module.call('lstmStepBackward', ...sizesAndRooms, ...seen, ...gradients);
    expectGradients(module, golden, names, space);
  });

  /** The inputs of a case in a module's memory, and space for their gradients; the same pointer for the same name. */
  function start(entry: (typeof entries)[number], golden: Golden) {
    const module = modules.get(entry);
    if (module === undefined) throw new Error(`${entry} is not assembled`);
    module.clear();
    const once = (make: (numbers: Nested) => number) => {
      const made = new Map<string, number>();
      return (name: string): number => {
        const pointer = made.get(name) ?? make(golden.inputs[name] ?? []);
        made.set(name, pointer);
        return pointer;
      };
    };
    return {
      module,
      given: once(module.floats),
      space: once((numbers) => module.space(flat(numbers).length)),
    };
  }

  function expectGradients(
    module: Assembled,
    golden: Golden,
    names: string[],
    space: (name: string) => number,
  ): void {
    for (const name of names) expectNear(module, space(name), golden.gradients[name] ?? [], 1e-4, name);
  }

  /** Within `bound` of the greatest wanted number. */
  function expectNear(module: Assembled, at: number, wanted: Nested, bound: number, name = 'output'): void {
    const numbers = flat(wanted);
    const got = module.read(at, numbers.length);
    const size = Math.max(...numbers.map(Math.abs), 1e-6);
    const worst = Math.max(...numbers.map((each, i) => Math.abs(each - (got[i] ?? Number.NaN))));
    expect(worst / size, name).toBeLessThan(bound);
  }
});
