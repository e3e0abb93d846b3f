import {
  type GpuBody,
  type GpuBuffers,
  type GpuCall,
  needed,
  type Port,
  pack,
  sizeOf,
  sumOf,
} from '@tapehead/core/kernels';
import { constantsOf } from '../program/sizes.js';
import type { CallSize } from '../run/plans.js';
import { backwardKernel, forwardKernel, type ScanSettings } from '../run/ports.js';
import { gpuPlanNumbered } from './planned.js';
import { farOf, type ScanProgram } from './program.js';
import type { Regions } from './regions.js';

/** All steps. What is kept: frames, inputs, weights. */
export const forwardOnGpu: GpuBody<ScanSettings> = (call, given, settings) => {
  const { graph, plan, codeFor } = gpuPlanNumbered(settings.plan);
  const { regions, programs } = codeFor(call.limits);
  const floats = regions.floats(settings);
  const outputs = outputsOf(call, forwardKernel.gives(settings, []));
  const kept = settings.keep ? outputs.pop()?.buffer : undefined;

  const own = graph.x.length + graph.state.length;
  const weights = roomFor(call, floats.weights);
  for (const { leaf, offset } of regions.captured) {
    const tensor = needed(given[own + leaf]);
    copyFloats(call, call.input(tensor), 0, sizeOf(tensor), weights, offset);
  }
  for (const { at, data } of constantsOf(plan))
    copyFloats(call, call.constant(data), 0, data.length, weights, at);
  const inputs = roomFor(call, floats.inputs);
  pack(call, given.slice(0, own), inputs);
  const frames = kept ?? roomFor(call, floats.frames);
  const results = roomFor(call, floats.results);
  const room = roomFor(call, floats.forwardRoom + farOf(programs('forward'), settings));
  runAll(call, programs('shared'), regions, settings, {}, { weights });
  runAll(call, programs('forward'), regions, settings, { weights, inputs }, { frames, results, room });
  copyOut(call, results, floats.results, outputs);
  if (kept === undefined) return;
  copyFloats(call, inputs, 0, floats.inputs, kept, floats.frames);
  copyFloats(call, weights, 0, floats.weights, kept, floats.frames + floats.inputs);
};

/** Back through all steps. */
export const backwardOnGpu: GpuBody<ScanSettings> = (call, [kept, ...given], settings) => {
  const { plan, codeFor } = gpuPlanNumbered(settings.plan);
  const { regions, programs } = codeFor(call.limits);
  const floats = regions.floats(settings);
  const { outputSlope, stateSlope } = plan.lowered.roles;
  const outputs = outputsOf(call, backwardKernel.gives(settings, []));
  const back = programs(settings.toX ? 'backToX' : 'back');

  const frames = call.input(needed(kept));
  const weights = roomFor(call, floats.weights);
  const inputs = roomFor(call, floats.inputs);
  copyFloats(call, frames, floats.frames, floats.inputs, inputs, 0);
  copyFloats(call, frames, floats.frames + floats.inputs, floats.weights, weights, 0);
  const slopes = roomFor(call, floats.slopes);
  const leaves = [...outputSlope, ...stateSlope];
  const wanted = given.filter((_, i) => leaves[i] !== undefined);
  pack(call, wanted, slopes);
  const results = roomFor(call, floats.gradients);
  const room = roomFor(call, floats.backwardRoom + farOf(back, settings));
  runAll(call, back, regions, settings, { weights, inputs, frames, slopes }, { room, results });
  copyOut(call, results, floats.gradients, outputs);
};

interface Output {
  readonly count: number;
  readonly buffer: GPUBuffer;
}

const outputsOf = (call: GpuCall, ports: readonly Port[]): Output[] =>
  ports.map((port) => ({ count: sizeOf(port), buffer: call.output(port.shape) }));

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
  call.copy({ buffer: from, first, count }, to, at);
}

/** Copies what stands at the end of so many floats into outputs. */
function copyOut(call: GpuCall, all: GPUBuffer, end: number, outputs: readonly Output[]): void {
  let first = end - sumOf(outputs.map(({ count }) => count));
  for (const { count, buffer } of outputs) {
    copyFloats(call, all, first, count, buffer, 0);
    first += count;
  }
}
