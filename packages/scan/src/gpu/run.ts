import { type GpuBody, type GpuBuffers, type GpuCall, needed, sizeOf } from '@tapehead/core/kernels';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { constantsOf } from '../program/sizes.js';
import type { CallSize } from '../run/plans.js';
import { backwardKernel, forwardKernel, type ScanSettings } from '../run/ports.js';
import { gpuPlanNumbered } from './planned.js';
import { farOf, type ScanProgram } from './program.js';
import type { Regions } from './regions.js';

/** All steps. What is kept: frames, inputs, weights. */
export const forwardOnGpu: GpuBody<ScanSettings> = (call, given, settings) => {
  const { graph, plan, codeFor } = gpuPlanNumbered(settings.plan);
  const { regions, shared, forward } = codeFor(call.limits);
  const floats = regions.floats(settings);
  const outputs = forwardKernel
    .gives(settings, [])
    .map(({ shape }) => ({ shape, buffer: call.output(shape) }));
  const kept = settings.keep ? outputs.pop()?.buffer : undefined;

  const captured = given.slice(graph.x.length + graph.state.length);
  const weights = roomFor(call, floats.weights);
  for (const { leaf, offset } of regions.captured) copyIn(call, needed(captured[leaf]), weights, offset);
  for (const { at, data } of constantsOf(plan))
    copyFloats(call, call.constant(data), 0, data.length, weights, at);
  const inputs = roomFor(call, floats.inputs);
  packAll(call, given.slice(0, given.length - captured.length), inputs);
  const frames = kept ?? roomFor(call, floats.frames);
  const results = roomFor(call, floats.results);
  const room = roomFor(call, floats.forwardRoom + farOf(forward, settings));
  runAll(call, shared, regions, settings, {}, { weights });
  runAll(call, forward, regions, settings, { weights, inputs }, { frames, results, room });
  unpackAll(call, results, 0, outputs);
  if (kept === undefined) return;
  copyFloats(call, inputs, 0, floats.inputs, kept, floats.frames);
  copyFloats(call, weights, 0, floats.weights, kept, floats.frames + floats.inputs);
};

/** Back through all steps. */
export const backwardOnGpu: GpuBody<ScanSettings> = (call, [kept, ...given], settings) => {
  const { plan, codeFor } = gpuPlanNumbered(settings.plan);
  const { regions, back, backToX } = codeFor(call.limits);
  const floats = regions.floats(settings);
  const { outputSlope, stateSlope } = plan.lowered.roles;
  const outputs = backwardKernel
    .gives(settings, [])
    .map(({ shape }) => ({ shape, buffer: call.output(shape) }));
  const programs = settings.toX ? backToX : back;

  const frames = call.input(needed(kept));
  const weights = roomFor(call, floats.weights);
  const inputs = roomFor(call, floats.inputs);
  copyFloats(call, frames, floats.frames, floats.inputs, inputs, 0);
  copyFloats(call, frames, floats.frames + floats.inputs, floats.weights, weights, 0);
  const slopes = roomFor(call, floats.slopes);
  const all = [...outputSlope, ...stateSlope];
  packAll(
    call,
    given.filter((_, i) => all[i] !== undefined),
    slopes,
  );
  const results = roomFor(call, floats.gradients);
  const room = roomFor(call, floats.backwardRoom + farOf(programs, settings));
  runAll(call, programs, regions, settings, { weights, inputs, frames, slopes }, { room, results });
  unpackAll(call, results, settings.toX ? 0 : floats.xGradients, outputs);
};

function runAll(
  call: GpuCall,
  programs: readonly ScanProgram[],
  regions: Regions,
  size: CallSize,
  reads: GpuBuffers,
  writes: GpuBuffers,
): void {
  const { batch, time } = size;
  const integers = { B: batch, T: time, N: batch * time, F: regions.frames(size), S: regions.slopes(size) };
  for (const { key, lanes, code, groups } of programs) {
    call.run({
      key,
      reads,
      writes,
      integers,
      floats: { infinity: Number.POSITIVE_INFINITY },
      lanes,
      groups: groups(size),
      code: () => code,
    });
  }
}

/** A binding has at least one float. */
const roomFor = (call: GpuCall, floats: number): GPUBuffer => call.room(Math.max(1, floats));

function copyFloats(
  call: GpuCall,
  from: GPUBuffer,
  first: number,
  count: number,
  to: GPUBuffer,
  at: number,
): void {
  if (count > 0) call.copy({ buffer: from, first, count }, to, at);
}

function copyIn(call: GpuCall, tensor: TensorInfo, to: GPUBuffer, at: number): void {
  copyFloats(call, call.input(tensor), 0, sizeOf(tensor), to, at);
}

/** Copies tensors into a buffer, one behind the other. */
function packAll(call: GpuCall, tensors: readonly TensorInfo[], into: GPUBuffer): void {
  let at = 0;
  for (const tensor of tensors) {
    copyIn(call, tensor, into, at);
    at += sizeOf(tensor);
  }
}

/** Copies what stands one behind the other, from the float `first` on, into outputs. */
function unpackAll(
  call: GpuCall,
  all: GPUBuffer,
  first: number,
  outputs: readonly { readonly shape: readonly number[]; readonly buffer: GPUBuffer }[],
): void {
  let at = first;
  for (const { shape, buffer } of outputs) {
    copyFloats(call, all, at, sizeOf({ shape }), buffer, 0);
    at += sizeOf({ shape });
  }
}
