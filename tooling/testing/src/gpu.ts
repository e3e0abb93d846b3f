import { existsSync } from 'node:fs';
import { useBackend } from '@tapehead/backend';
import { engine, setBackend, type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { silenceBanner } from './backends.js';
import { expectClose } from './close.js';
import { GoldenInputs, gradientTolerance } from './expectGolden.js';
import { flatten, type GoldenCase, tensorOf } from './golden.js';
import { expectCloseGradients, gradientsOf } from './gradients.js';

/** The software Vulkan that Debian's Chromium brings. */
const swiftShader = '/usr/lib/chromium/vk_swiftshader_icd.json';

/** Software Vulkan takes seconds to compile a program, and minutes where the machine is busy. */
const COMPILING = 300_000;

/**
 * Declares tests that set the webgpu backend themselves, on whatever adapter there is: by default the software one of
 * Chromium, so that they run where there is no GPU. Where there is none at all they are skipped, but fail in CI.
 */
export async function onGpu(name: string, tests: () => void): Promise<void> {
  if (existsSync(swiftShader)) process.env.VK_ICD_FILENAMES ??= swiftShader;
  const gpu = await useBackend('webgpu').catch((error: unknown) => String(error));
  if (typeof gpu === 'string') {
    const reason = `${gpu}; for a software one, apt install chromium libvulkan1`;
    test.skipIf(!process.env.CI)(`${name} on webgpu: ${reason}`, () => {
      expect.unreachable(`${reason}, and CI skips nothing`);
    });
    return;
  }
  describe(`${name} on webgpu`, { timeout: COMPILING }, () => {
    beforeAll(() => useBackend('cpu').then(silenceBanner));
    tests();
    // What is still to be read of the GPU needs it.
    afterAll(() => gpu.release());
  });
}

/** The numbers of tensors, which on a GPU cannot be read at once. */
export function numbersOf(tensors: readonly Tensor[]): Promise<number[][]> {
  return Promise.all(tensors.map(async (each) => Array.from(await each.data())));
}

type Formula = (points: Tensor[]) => Tensor;

/** A value, then the gradient of Σ value · cotangent for each point, as numbers. Points and cotangent are on the CPU. */
async function outcomeOn(
  backend: 'cpu' | 'webgpu',
  formula: Formula,
  points: readonly Tensor[],
  cotangent: Tensor,
): Promise<number[][]> {
  const given = [cotangent, ...points].map((each) => ({ values: each.dataSync(), shape: each.shape }));
  await setBackend(backend);
  const results = tidy(() => {
    const [along = cotangent, ...at] = given.map(({ values, shape }) => tensor(values, shape, 'float32'));
    return [formula(at), ...gradientsOf(formula, at, along)];
  });
  const numbers = await numbersOf(results);
  for (const each of results) each.dispose();
  await setBackend('cpu');
  return numbers;
}

/**
 * Asserts that a formula on the GPU agrees with a reference on the CPU, in value and in all gradients, to 1e-4 of the
 * largest: float32 with sums in another order, exp and log a few units in the last place off, and divisions by small norms.
 */
export async function expectSameOnGpu(
  formula: Formula,
  reference: Formula,
  points: readonly Tensor[],
  cotangent: Tensor,
  message = '',
): Promise<void> {
  const [wanted, ...slopes] = await outcomeOn('cpu', reference, points, cotangent);
  const [value, ...gradients] = await outcomeOn('webgpu', formula, points, cotangent);
  expectClose(value ?? [], wanted ?? [], gradientTolerance, `${message}: value`);
  expectCloseGradients(gradients, slopes, message);
}

/** Asserts that `formula` on the GPU gives the golden output, and the golden gradient for each of its inputs. */
export async function expectGoldenOnGpu(
  golden: GoldenCase,
  formula: (inputs: GoldenInputs) => Tensor,
): Promise<void> {
  const names = Object.keys(golden.inputs);
  const points = names.map((name) => tensorOf(golden.inputs[name] ?? []));
  const run: Formula = (at) =>
    formula(new GoldenInputs(new Map(at.map((each, i) => [names[i] ?? '', each]))));
  const [value, ...gradients] = await outcomeOn('webgpu', run, points, tensorOf(golden.cotangent));
  expectClose(value ?? [], golden.output, gradientTolerance, `${golden.function}: output`);
  expectCloseGradients(
    gradients,
    names.map((name) => flatten(golden.gradients[name] ?? [])),
    golden.function,
  );
}

/** The dispatches that `run` gives to the GPU. */
export async function countDispatches(run: () => unknown): Promise<number> {
  const dispatch = vi.spyOn(GPUComputePassEncoder.prototype, 'dispatchWorkgroups');
  try {
    await run();
    return dispatch.mock.calls.length;
  } finally {
    dispatch.mockRestore();
  }
}

/** The names of the programs that `run` gives to the GPU, in order. */
export async function programsOf(run: () => unknown): Promise<string[]> {
  const set = vi.spyOn(GPUComputePassEncoder.prototype, 'setPipeline');
  try {
    await run();
    return set.mock.calls.map(([{ label }]) => label);
  } finally {
    set.mockRestore();
  }
}

/** The device that tfjs runs on. */
export function gpuDevice(): GPUDevice {
  const device: unknown = Reflect.get(engine().backend, 'device');
  if (device instanceof GPUDevice) return device;
  throw new Error('the webgpu backend has a device');
}

/** Runs `work` as on a device with other limits. */
export async function withLimits<T>(
  changed: Readonly<Partial<Record<keyof GPUSupportedLimits, number>>>,
  work: () => T | Promise<T>,
): Promise<T> {
  const device = gpuDevice();
  const limits = new Proxy(device.limits, {
    get: (known, name) => Reflect.get(name in changed ? changed : known, name),
  });
  const asked = vi.spyOn(device, 'limits', 'get').mockReturnValue(limits);
  try {
    return await work();
  } finally {
    asked.mockRestore();
  }
}
