import { type GpuBody, type GpuCall, type GpuProgram, needed, registerGpuKernels } from '@tapehead/kernels';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { type BackwardWanted, backwardCode, backwardShared } from '../../wgsl/backward.js';
import { forwardCode, forwardShared } from '../../wgsl/forward.js';
import { type Layout, layoutOf, type Net, workspaceFloats } from '../../wgsl/layout.js';
import { lanesFor, type WorkgroupLimits } from '../../wgsl/shared.js';
import { traceCode } from '../../wgsl/trace.js';
import { turnGroups } from '../../wgsl/turn.js';
import { tileFor, weightsCode, weightsGroups } from '../../wgsl/weights.js';
import { kernelNames, settingsAmong } from './kernels.js';
import { countOf, inputShapes, packedShapes, type Sizes, traceShapes } from './sizes.js';

/** Registers the whole-sequence kernels on the webgpu backend: a dispatch forward, two back. */
export function registerGpu(): void {
  registerGpuKernels({
    [kernelNames.forward]: forward,
    [kernelNames.backward]: backward,
    [kernelNames.trace]: trace,
  });
}

const uniforms = { B: 'u32', T: 'u32' } as const;

/** The net's part of the sizes, its layout, and what a workgroup has. */
function planOf(sizes: Sizes, device: GPUSupportedLimits): Plan {
  const { batch, time, ...net } = sizes;
  const layout = layoutOf(net);
  const limits = {
    lanes: lanesFor(Math.max(net.memorySize, layout.gates), device),
    storage: device.maxComputeWorkgroupStorageSize,
  };
  return { net, layout, limits, given: { B: batch, T: time } };
}

interface Plan {
  readonly net: Net;
  readonly layout: Layout;
  readonly limits: WorkgroupLimits;
  readonly given: { readonly B: number; readonly T: number };
}

/** The floats of the workspace of a call. */
export function workspaceOf(sizes: Sizes, device: GPUSupportedLimits): number {
  const { layout, limits, given } = planOf(sizes, device);
  const scratch = Math.max(forwardShared(layout, limits).scratch, backwardShared(layout, limits).scratch);
  return workspaceFloats(layout, given.B, given.T, scratch);
}

/** The floats of the largest buffer that a kernel can take. */
export function mostFloats({ maxBufferSize, maxStorageBufferBindingSize }: GPUSupportedLimits): number {
  return Math.floor(Math.min(maxBufferSize, maxStorageBufferBindingSize) / 4);
}

/** Rounded up to a power of two, because tfjs keeps buffers for tensors of their very size, and lengths vary. */
function roomFor(floats: number, limits: GPUSupportedLimits): number {
  return Math.min(2 ** Math.ceil(Math.log2(floats)), mostFloats(limits));
}

const forward: GpuBody = (call, [x, ...tensors], attributes) => {
  const { finalState, inputGradient: _, ...sizes } = settingsAmong(attributes);
  const { net, layout, limits, given } = planOf(sizes, call.limits);
  const counts = packedShapes(sizes, finalState).map(countOf);
  const input = call.input(needed(x));
  const learned = packed(call, tensors);
  const out = call.output(
    finalState ? [counts.reduce((a, b) => a + b, 0)] : [sizes.batch, sizes.time, sizes.outputSize],
  );
  const workspace = call.output([roomFor(workspaceOf(sizes, call.limits), call.limits)]);
  const turned = call.output([layout.learned.end]);
  const program: GpuProgram = {
    key: keyOf('forward', net, { finalState }),
    reads: ['learned', 'input'],
    writes: ['workspace', 'packed', 'turned'],
    uniforms,
    lanes: limits.lanes,
    code: () => forwardCode(layout, limits, finalState),
  };
  const groups = given.B + turnGroups(layout);
  call.dispatch(program, [learned, input, workspace, out, turned], given, groups);
};

const backward: GpuBody = (call, [workspace, turned, dPacked], attributes) => {
  const { finalState, inputGradient, ...sizes } = settingsAmong(attributes);
  const { net, layout, limits, given } = planOf(sizes, call.limits);
  const [inputShape, ...shapes] = inputShapes(sizes);
  const kept = call.inPlace(needed(workspace));
  const wanted: BackwardWanted = { finalState, inputGradient };
  const dInput = inputGradient ? [call.output(needed(inputShape))] : [];
  const back: GpuProgram = {
    key: keyOf('backward', net, wanted),
    reads: ['turned', 'dPacked'],
    writes: ['workspace', ...(inputGradient ? ['dInput'] : [])],
    uniforms,
    lanes: limits.lanes,
    code: () => backwardCode(layout, limits, wanted),
  };
  const slopes = call.input(needed(dPacked));
  call.dispatch(back, [call.input(needed(turned)), slopes, kept, ...dInput], given, given.B);
  const tile = tileFor(call.limits);
  const gradients = call.room(shapes.map(countOf).reduce((a, b) => a + b, 0));
  const weights: GpuProgram = {
    key: keyOf('weights', net),
    reads: ['workspace'],
    writes: ['gradients'],
    uniforms,
    lanes: tile ** 2,
    code: () => weightsCode(layout, tile),
  };
  call.dispatch(weights, [kept, gradients], given, weightsGroups(layout, given.B, tile));
  unpack(call, gradients, shapes);
};

const trace: GpuBody = (call, [workspace], attributes) => {
  const sizes = settingsAmong(attributes);
  const { net, layout, given } = planOf(sizes, call.limits);
  const program: GpuProgram = {
    key: keyOf('trace', net),
    reads: ['workspace'],
    writes: ['memory', 'reads', 'readWeights', 'writeWeights', 'heads'],
    uniforms,
    lanes: 64,
    code: () => traceCode(layout),
  };
  const outputs = traceShapes(sizes).map((shape) => call.output(shape));
  call.dispatch(program, [call.input(needed(workspace)), ...outputs], given, given.B * given.T);
};

function keyOf(name: string, net: Net, wanted: object = {}): string {
  return `ntm ${name} ${Object.values({ ...net, ...wanted }).join()}`;
}

/** The tensors one behind the other. */
function packed(call: GpuCall, tensors: readonly TensorInfo[]): GPUBuffer {
  const counts = tensors.map(({ shape }) => countOf(shape));
  const all = call.room(counts.reduce((a, b) => a + b, 0));
  let first = 0;
  for (const [i, tensor] of tensors.entries()) {
    const count = counts[i] ?? 0;
    call.copy({ buffer: call.input(tensor), first: 0, count }, all, first);
    first += count;
  }
  return all;
}

/** An output of each shape, from those that stand one behind the other. */
function unpack(call: GpuCall, all: GPUBuffer, shapes: readonly number[][]): void {
  let first = 0;
  for (const shape of shapes) {
    const count = countOf(shape);
    call.copy({ buffer: all, first, count }, call.output(shape), 0);
    first += count;
  }
}
