import { memory, randomUniform, setBackend, type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { expectClose } from './close.js';
import type { FusedKernels } from './engines.js';
import { type GoldenInputs, gradientTolerance } from './expectGolden.js';
import type { GoldenCase } from './golden.js';
import { expectGoldenOnGpu, expectSameOnGpu, onGpu, programsOf, withLimits } from './gpu.js';
import { gradientsOf } from './gradients.js';

type Choice = { readonly engine: 'auto' | 'fused' };

/** An op that has kernels for the GPU. */
export interface GpuOp<Sizes> {
  readonly registerFused: FusedKernels['registerFused'];
  /** Few, because software Vulkan takes a second to compile the programs for each; the first are for the other tests. */
  readonly sizes: readonly Sizes[];
  /** Sizes for which a workgroup with so many bytes of storage has no room, where that can be. */
  readonly crowded?: { readonly sizes: Sizes; readonly storage: number };
  points(sizes: Sizes): Tensor[];
  run(points: readonly Tensor[], choice: Choice): Tensor;
  reference(points: readonly Tensor[]): Tensor;
  readonly golden: readonly GoldenCase[];
  runGolden(given: GoldenInputs, choice: Choice): Tensor;
  /** The programs that value and gradients take, a dispatch each, by the beginning of their names. */
  readonly programs: readonly string[];
}

const fused: Choice = { engine: 'fused' };

/** Declares the tests of an op on the GPU: those of the kernels for a CPU, but fewer and smaller. */
export async function testGpuOp<Sizes>(name: string, op: GpuOp<Sizes>): Promise<void> {
  const { sizes, crowded, golden } = op;
  const same = async (given: Sizes): Promise<void> => {
    const points = op.points(given);
    await expectSameOnGpu((at) => op.run(at, fused), op.reference, points, along(op, points));
  };

  await onGpu(name, () => {
    beforeAll(op.registerFused);
    afterEach(async () => {
      await setBackend('cpu');
    });

    test.each(sizes)('equals the reference on the CPU in value and in all gradients: %o', same);

    if (crowded) {
      test('also where workgroups have no storage for all of it', async () => {
        await setBackend('webgpu');
        const limits = { maxComputeWorkgroupStorageSize: crowded.storage };
        await withLimits(limits, () => setBackend('cpu').then(() => same(crowded.sizes)));
      });
    }

    test.each(golden.map((each, i) => ({ each, i })))('golden case $i', async ({ each }) => {
      await expectGoldenOnGpu(each, (given) => op.runGolden(given, fused));
    });

    test('takes these programs, a dispatch each, and leaves nothing behind', async () => {
      const { points, cotangent } = await onDevice(op);
      const differentiate = () => tidy(() => gradientsOf((at) => op.run(at, fused), points, cotangent));
      const own = (await programsOf(differentiate)).filter((program) =>
        op.programs.some((each) => program.startsWith(each)),
      );
      expect(own).toEqual(op.programs.map((each) => expect.stringContaining(each)));
      const before = memory();
      for (let i = 0; i < 5; i++) tidy(() => void differentiate());
      expect(memory()).toMatchObject({ numTensors: before.numTensors, numBytes: before.numBytes });
    });

    test('where the device has no buffer for it, auto is the reference and says so, fused an error', async () => {
      const { points, wanted } = await onDevice(op);
      const reason =
        /^.*\w+ \(batch .*\) takes a buffer of 1 MB on the GPU, whose largest has 1 MB; take a smaller batch/;
      const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
      await withLimits({ maxStorageBufferBindingSize: 64 }, async () => {
        expect(() => op.run(points, fused)).toThrow(reason);
        const value = op.run(points, { engine: 'auto' });
        expectClose(await value.data(), wanted, gradientTolerance);
        op.run(points, { engine: 'auto' }).dispose();
      });
      expect(warn.mock.calls).toEqual([[expect.stringMatching(reason)]]);
      warn.mockRestore();
    });
  });
}

/** For Σ value · cotangent. */
function along<Sizes>(op: GpuOp<Sizes>, points: readonly Tensor[]): Tensor {
  return randomUniform(op.reference(points).shape, -1, 1, 'float32', 8);
}

/** The first points on the GPU, a cotangent, and what the reference on the CPU comes to. */
async function onDevice<Sizes>(op: GpuOp<Sizes>) {
  const [points, cotangent, value] = tidy(() => {
    const given = op.sizes.slice(0, 1).flatMap((each) => op.points(each));
    const numbers = (each: Tensor) => ({ values: each.dataSync(), shape: each.shape });
    return [given.map(numbers), numbers(along(op, given)), numbers(op.reference(given))] as const;
  });
  await setBackend('webgpu');
  const moved = (each: typeof value): Tensor => tensor(each.values, each.shape, 'float32');
  return { points: points.map(moved), cotangent: moved(cotangent), wanted: value.values };
}
