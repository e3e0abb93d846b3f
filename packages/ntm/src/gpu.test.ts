import type { ControllerFactory } from '@tapehead/controller';
import {
  expectClose,
  expectCloseGradients,
  gradientTolerance,
  numbersOf,
  onGpu,
  tensorOf,
  valueTolerance,
  withLimits,
} from '@tapehead/testing';
import {
  add,
  concat,
  getBackend,
  matMul,
  memory as memoryOfTfjs,
  mul,
  type NamedTensorMap,
  ones,
  type Rank,
  randomUniform,
  type Scalar,
  setBackend,
  sum,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tanh,
  tensor,
  tensor_util,
  tidy,
  valueAndGrads,
  variableGrads,
  zeros,
} from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import fixtures from '../fixtures/ntm.json' with { type: 'json' };
import { givenStart } from './fused/tensors.js';
import { registerFused } from './fused.js';
import { NTM, type NtmOptions, type NtmSequence, type NtmState } from './index.js';
import { goldenOptions } from './testing/goldenOptions.js';

type Engine = 'fused' | 'reference';

/** Fewer and smaller than on wasm: software Vulkan takes a second to compile each net's kernels. */
const nets = fc
  .record({
    inputSize: fc.integer({ min: 1, max: 9 }),
    outputSize: fc.integer({ min: 1, max: 9 }),
    memorySize: fc.integer({ min: 1, max: 36 }),
    memoryDim: fc.integer({ min: 2, max: 9 }),
    controllerSize: fc.integer({ min: 1, max: 13 }),
    readHeads: fc.integer({ min: 1, max: 3 }),
    writeHeads: fc.integer({ min: 1, max: 3 }),
    controller: fc.constantFrom('lstm' as const, 'feedforward' as const),
    layers: fc.integer({ min: 1, max: 3 }),
    half: fc.integer({ min: 0, max: 5 }),
    keyAndAddActivation: fc.constantFrom('tanh' as const, 'linear' as const),
    order: fc.constantFrom('write-first' as const, 'read-first' as const),
    seed: fc.integer({ min: 1, max: 1e5 }),
  })
  .map(({ half, ...net }) => ({
    ...net,
    shifts: 1 + 2 * Math.min(half, Math.floor((net.memorySize - 1) / 2)),
  }));
const lengths = fc.record({ batch: fc.integer({ min: 1, max: 4 }), time: fc.integer({ min: 1, max: 4 }) });

/** What a net comes to: numbers that can be compared whatever backend they come from. */
type Outcome = { values: number[][]; gradients: number[][] };

await onGpu('the fused sequence', () => {
  beforeAll(registerFused);

  test('equals the reference for any net, from the learned start', async () => {
    await fc.assert(
      fc.asyncProperty(nets, lengths, (options, size) =>
        expectSame(options, (ntm) => fromLearnedStart(ntm, size, options.seed)),
      ),
      { seed: 5, numRuns: 4 },
    );
  });

  test('and from a given state, with gradients for the input and all of that state', async () => {
    await fc.assert(
      fc.asyncProperty(nets, lengths, (options, size) =>
        expectSame(options, (ntm) => fromGivenState(ntm, size, options.seed)),
      ),
      { seed: 6, numRuns: 2 },
    );
  });

  test('also where memory and weightings exceed the storage of a workgroup', async () => {
    const large = { inputSize: 2, memorySize: 300, memoryDim: 30, controllerSize: 4, seed: 1 };
    await expectSame(large, (ntm) => fromLearnedStart(ntm, { batch: 2, time: 2 }, 1));
  });

  test('and with a controller of your own, which is compiled with the net', async () => {
    const own: ControllerFactory<{ h: Tensor2D; steps: Tensor2D }> = ({ inputSize, variable }) => {
      const kernel = variable('kernel', random([inputSize + 6, 6], 1));
      return {
        outputSize: 6,
        initialState: (batch) => ({ h: zeros([batch, 6]), steps: zeros([batch, 1], 'int32') }),
        step(x, { h, steps }) {
          const output = tanh<Tensor2D>(matMul(concat([x, h], 1), kernel));
          return { output, state: { h: output, steps: add(steps, ones([1, 1], 'int32')) } };
        },
      };
    };
    const options = { inputSize: 3, outputSize: 2, memorySize: 6, memoryDim: 4, controller: own, seed: 1 };
    await expectSame(options, (ntm) => {
      expect(ntm.runsOn).toBe(getBackend() === 'webgpu' ? 'fused' : 'reference');
      return fromLearnedStart(ntm, { batch: 2, time: 3 }, 1);
    });
  });

  test('and with the options of public nets, which are compiled too', async () => {
    const options: NtmOptions = {
      ...{
        inputSize: 3,
        outputSize: 2,
        memorySize: 6,
        memoryDim: 4,
        controllerSize: 5,
        numHeads: 2,
        seed: 1,
      },
      ...{ order: 'in-turn', initialWeighting: 'zero', keyActivation: 'linear', sharpenEpsilon: 0.01 },
      ...{ headInput: 'cell', clipController: 0.3, clipHeads: 0.5, clipLogits: 0.4 },
    };
    await expectSame(options, (ntm) => {
      expect(ntm.runsOn).toBe(getBackend() === 'webgpu' ? 'fused' : 'reference');
      return fromLearnedStart(ntm, { batch: 2, time: 3 }, 1);
    });
  });

  describe('float64 golden vectors', () => {
    test.each(fixtures.map((golden, i) => ({ ...golden, i })))('case $i', async (golden) => {
      await setBackend('webgpu');
      const ntm = NTM.build({ ...goldenOptions(golden), engine: 'fused' });
      for (const [name, value] of Object.entries(golden.parameters)) {
        const parameter = ntm.parameters[name] ?? ntm.parameters[`controller.0.${name}`];
        tidy(() => parameter?.assign(tensorOf(value)));
      }
      const { output, trace } = tidy(() => ntm.sequence(cube(tensorOf(golden.input)), { trace: true }));
      const wanted = [golden.outputProbabilities, ...Object.values(golden.trace)];
      const own = await numbersOf([
        output,
        ...Object.keys(golden.trace).map(
          (name) => tensor_util.getTensorsInContainer(Reflect.get(trace, name))[0] ?? output,
        ),
      ]);
      for (const [i, each] of own.entries()) expectClose(each, wanted[i] ?? [], valueTolerance, `case ${i}`);
      ntm.dispose();
    });
  });

  test('a sequence too large for the device: auto is the reference and says so once, fused an error', async () => {
    await setBackend('webgpu');
    const [auto, fused] = [NTM.build(small), NTM.build({ ...small, engine: 'fused' })];
    const x = inputOf(fused, { batch: 2, time: 3 }, 1);
    const cost = (logits: Tensor3D): Scalar => sum(mul(logits, logits));
    const wanted = await numbersOf([fused.sequence(x).logits]);
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const reason =
      /NtmSequence \(batch 2, time 3\) takes a buffer of 1 MB on the GPU, .*take a smaller batch or shorter sequences/;
    await withLimits({ maxStorageBufferBindingSize: 4096 }, async () => {
      expect(() => fused.sequence(x)).toThrow(reason);
      expect(() => fused.differentiate(x, cost)).toThrow(reason);
      const [own] = await numbersOf([auto.sequence(x).logits]);
      expectClose(own ?? [], wanted[0] ?? [], valueTolerance);
      auto.differentiate(x, cost);
    });
    expect(warn.mock.calls).toEqual([[expect.stringMatching(reason)]]);
    warn.mockRestore();
    for (const ntm of [auto, fused]) ntm.dispose();
  });

  test('leaves no tensor behind', async () => {
    await setBackend('webgpu');
    const ntm = NTM.build({ ...small, engine: 'fused' });
    const x = inputOf(ntm, { batch: 2, time: 3 }, 1);
    const iterate = () =>
      tidy(() => {
        ntm.differentiate(x, (logits) => sum<Scalar>(logits));
        ntm.sequence(x, { trace: true });
      });
    iterate();
    await x.data();
    const { numTensors, numBytes } = memoryOfTfjs();
    for (let i = 0; i < 5; i++) iterate();
    await x.data();
    expect(memoryOfTfjs()).toMatchObject({ numTensors, numBytes });
    x.dispose();
    ntm.dispose();
  });
});

const small = { inputSize: 3, outputSize: 2, memorySize: 8, memoryDim: 4, controllerSize: 6, seed: 1 };

const random = (shape: number[], seed: number): Tensor => randomUniform(shape, -0.7, 0.7, 'float32', seed);
const inputOf = (ntm: NTM, { batch, time }: { batch: number; time: number }, seed: number): Tensor3D =>
  randomUniform<Rank.R3>([batch, time, ntm.config.inputSize], -1, 1, 'float32', seed);

/** The outcome of the reference on cpu, and the same of the kernels on the GPU. */
async function expectSame(options: NtmOptions, run: (ntm: NTM) => Promise<Outcome>): Promise<void> {
  const wanted = await outcomeOn('cpu', 'reference', options, run);
  const own = await outcomeOn('webgpu', 'fused', options, run);
  // Values pass through several steps, each with its sums: the tolerance of gradients.
  for (const [i, each] of own.values.entries()) {
    expectClose(each, wanted.values[i] ?? [], gradientTolerance, `value ${i}`);
  }
  expectCloseGradients(own.gradients, wanted.gradients);
}

async function outcomeOn(
  backend: 'cpu' | 'webgpu',
  engine: Engine,
  options: NtmOptions,
  run: (ntm: NTM) => Promise<Outcome>,
): Promise<Outcome> {
  await setBackend(backend);
  const ntm = NTM.build({ ...options, engine });
  for (const [i, parameter] of Object.values(ntm.parameters).entries()) {
    tidy(() => parameter.assign(random(parameter.shape, i + (options.seed ?? 1))));
  }
  try {
    return await run(ntm);
  } finally {
    ntm.dispose();
  }
}

async function fromLearnedStart(
  ntm: NTM,
  size: { batch: number; time: number },
  seed: number,
): Promise<Outcome> {
  const x = inputOf(ntm, size, seed);
  const variables = Object.values(ntm.parameters);
  const { grads } = variableGrads(() => costOf(ntm.sequence(x)), variables);
  const { output, state } = tidy(() => ntm.sequence(x));
  return outcomeOf(
    [output, ...listOf(state)],
    variables.map(({ name }) => gradient(grads, name)),
  );
}

async function fromGivenState(
  ntm: NTM,
  size: { batch: number; time: number },
  seed: number,
): Promise<Outcome> {
  const start = tidy(() => ntm.initialState(size.batch));
  const points = [inputOf(ntm, size, seed), ...listOf(start).map((each, i) => random(each.shape, seed + i))];
  const runAt = ([input, memory, readWeights, writeWeights, reads, ...cells]: Tensor[]): NtmSequence =>
    ntm.sequence(cube(input), {
      state: {
        controller: cells.length === 0 ? {} : { cells: pairs(cells) },
        memory: cube(memory),
        readWeights: cube(readWeights),
        writeWeights: cube(writeWeights),
        reads: cube(reads),
      },
    });
  const { grads } = valueAndGrads((...at: Tensor[]) => costOf(runAt(at)))(points);
  const { output, state } = tidy(() => runAt(points));
  return outcomeOf([output, ...listOf(state)], grads);
}

async function outcomeOf(values: Tensor[], gradients: Tensor[]): Promise<Outcome> {
  return { values: await numbersOf(values), gradients: await numbersOf(gradients) };
}

function listOf(state: NtmState): Tensor[] {
  return givenStart(state);
}

/** A cost in which the logits and every number of the last state count; two at a time, as WebGPU binds few buffers. */
function costOf({ logits, state }: NtmSequence): Scalar {
  const all = tensor_util.getTensorsInContainer([logits, state]);
  const parts = all.map((each, i) => sum<Scalar>(mul(each, random(each.shape, 1000 + i))));
  return parts.reduce((total, part) => add(total, part));
}

function gradient(grads: NamedTensorMap, name: string): Tensor {
  return grads[name] ?? tensor([Number.NaN]);
}

function pairs(cells: Tensor[]): { h: Tensor; c: Tensor }[] {
  return cells.flatMap((h, i) => {
    const c = cells[i + 1];
    return i % 2 === 0 && c ? [{ h, c }] : [];
  });
}

function cube(given: Tensor | undefined): Tensor3D {
  if (given && isCube(given)) return given;
  throw new Error('three axes');
}
const isCube = (given: Tensor): given is Tensor3D => given.rank === 3;
