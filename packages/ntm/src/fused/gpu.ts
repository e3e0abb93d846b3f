import { type GpuBody, type GpuOp, needed, pack, sizeOf, sumOf, unpack } from '@tapehead/core/kernels';
import { type BackwardWanted, backwardCode } from '../../wgsl/backward.js';
import { forwardCode } from '../../wgsl/forward.js';
import type { Net } from '../../wgsl/layout.js';
import { traceCode } from '../../wgsl/trace.js';
import { turnGroups } from '../../wgsl/turn.js';
import { tileFor, weightsCode, weightsGroups } from '../../wgsl/weights.js';
import { type NtmSettings, ntmOp, traceKernel } from './op.js';
import { planOf, roomFor, workspaceOf } from './plan.js';

const forward: GpuBody<NtmSettings> = (call, [x, ...tensors], settings) => {
  const { finalState } = settings;
  const { net, layout, limits, integers } = planOf(settings, call.limits);
  const learned = call.room(sumOf(tensors.map(sizeOf)));
  pack(call, tensors, learned);
  const ports = ntmOp.outputs(settings);
  const outputs = ports.map(({ shape }) => call.output(shape));
  const counts = ports.map(sizeOf);
  const packed = settings.apart ? call.room(sumOf(counts)) : outputs[0];
  const [workspace, turned] = workspacesOf(settings, call.limits).map((floats) => call.output([floats]));
  call.run({
    key: keyOf('forward', net, { finalState }),
    reads: { learned, input: call.input(needed(x)) },
    writes: { workspace, packed, turned },
    integers,
    lanes: limits.lanes,
    groups: integers.B + turnGroups(layout),
    code: () => forwardCode(layout, limits, finalState),
  });
  if (!settings.apart) return;
  let first = 0;
  for (const [i, count] of counts.entries()) {
    call.copy({ buffer: needed(packed), first, count }, needed(outputs[i]), 0);
    first += count;
  }
};

const backward: GpuBody<NtmSettings> = (call, [kept, turned, dPacked], settings) => {
  const { finalState, inputGradient } = settings;
  const { net, layout, limits, integers } = planOf(settings, call.limits);
  const [ofInput, ...ports] = ntmOp.inputs(settings);
  const workspace = call.inPlace(needed(kept));
  const wanted: BackwardWanted = { finalState, inputGradient };
  call.run({
    key: keyOf('backward', net, wanted),
    reads: { turned: call.input(needed(turned)), dPacked: call.input(needed(dPacked)) },
    writes: { workspace, ...(inputGradient ? { dInput: call.output(needed(ofInput).shape) } : {}) },
    integers,
    lanes: limits.lanes,
    groups: integers.B,
    code: () => backwardCode(layout, limits, wanted),
  });
  const tile = tileFor(call.limits);
  const gradients = call.room(sumOf(ports.map(sizeOf)));
  call.run({
    key: keyOf('weights', net),
    reads: { workspace },
    writes: { gradients },
    integers,
    lanes: tile ** 2,
    groups: weightsGroups(layout, integers.B, tile),
    code: () => weightsCode(layout, tile),
  });
  unpack(call, gradients, ports);
};

/** What happened at each step, on a GPU. */
export const traceOnGpu: GpuBody<NtmSettings> = (call, [kept], settings) => {
  const { net, layout, integers } = planOf(settings, call.limits);
  const outputs = traceKernel.gives(settings, []).map(({ shape }) => call.output(shape));
  const [memory, reads, readWeights, writeWeights, heads] = outputs;
  call.run({
    key: keyOf('trace', net),
    reads: { workspace: call.input(needed(kept)) },
    writes: { memory, reads, readWeights, writeWeights, heads },
    integers,
    lanes: 64,
    groups: integers.B * integers.T,
    code: () => traceCode(layout),
  });
};

function keyOf(name: string, net: Net, wanted: object = {}): string {
  return `ntm ${name} ${Object.values({ ...net, ...wanted }).join()}`;
}

/** What a forward pass keeps: the workspace, and the transposed weights. */
function workspacesOf(settings: NtmSettings, limits: GPUSupportedLimits): number[] {
  const { layout } = planOf(settings, limits);
  return [roomFor(workspaceOf(settings, limits), limits), layout.learned.end];
}

/** A whole sequence of an NTM on a GPU: a dispatch forward, two back. */
export const ntmOnGpu: GpuOp<NtmSettings> = {
  forward,
  backward,
  workspaces: workspacesOf,
  largest: workspaceOf,
};
