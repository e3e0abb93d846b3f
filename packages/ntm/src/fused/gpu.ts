import {
  type GpuBody,
  type GpuOp,
  type GpuProgram,
  needed,
  pack,
  portsOf,
  sizeOf,
  sumOf,
  unpack,
} from '@tapehead/core/kernels';
import { type BackwardWanted, backwardCode } from '../../wgsl/backward.js';
import { forwardCode } from '../../wgsl/forward.js';
import type { Net } from '../../wgsl/layout.js';
import { traceCode } from '../../wgsl/trace.js';
import { turnGroups } from '../../wgsl/turn.js';
import { tileFor, weightsCode, weightsGroups } from '../../wgsl/weights.js';
import { countOf, type NtmSettings, ntmOp, traceKernel } from './op.js';
import { planOf, roomFor, workspaceOf } from './plan.js';

const uniforms = { B: 'u32', T: 'u32' } as const;

const forward: GpuBody<NtmSettings> = (call, [x, ...tensors], settings) => {
  const { finalState } = settings;
  const { net, layout, limits, given } = planOf(settings, call.limits);
  const input = call.input(needed(x));
  const learned = call.room(sumOf(tensors.map(({ shape }) => countOf(shape))));
  pack(call, tensors, learned);
  const [out, workspace, turned] = [
    ...ntmOp.outputs(settings),
    ...portsOf(
      'workspace',
      workspacesOf(settings, call.limits).map((floats) => [floats]),
    ),
  ].map(({ shape }) => call.output(shape));
  const program: GpuProgram = {
    key: keyOf('forward', net, { finalState }),
    reads: ['learned', 'input'],
    writes: ['workspace', 'packed', 'turned'],
    uniforms,
    lanes: limits.lanes,
    code: () => forwardCode(layout, limits, finalState),
  };
  const groups = given.B + turnGroups(layout);
  call.dispatch(program, [learned, input, workspace, out, turned].map(needed), given, groups);
};

const backward: GpuBody<NtmSettings> = (call, [workspace, turned, dPacked], settings) => {
  const { finalState, inputGradient } = settings;
  const { net, layout, limits, given } = planOf(settings, call.limits);
  const [ofInput, ...ports] = ntmOp.inputs(settings);
  const kept = call.inPlace(needed(workspace));
  const wanted: BackwardWanted = { finalState, inputGradient };
  const dInput = inputGradient ? [call.output(needed(ofInput).shape)] : [];
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
  const gradients = call.room(sumOf(ports.map(sizeOf)));
  const weights: GpuProgram = {
    key: keyOf('weights', net),
    reads: ['workspace'],
    writes: ['gradients'],
    uniforms,
    lanes: tile ** 2,
    code: () => weightsCode(layout, tile),
  };
  call.dispatch(weights, [kept, gradients], given, weightsGroups(layout, given.B, tile));
  unpack(call, gradients, ports);
};

/** What happened at each step, on a GPU. */
export const traceOnGpu: GpuBody<NtmSettings> = (call, [workspace], settings) => {
  const { net, layout, given } = planOf(settings, call.limits);
  const program: GpuProgram = {
    key: keyOf('trace', net),
    reads: ['workspace'],
    writes: ['memory', 'reads', 'readWeights', 'writeWeights', 'heads'],
    uniforms,
    lanes: 64,
    code: () => traceCode(layout),
  };
  const outputs = traceKernel.gives(settings, []).map(({ shape }) => call.output(shape));
  call.dispatch(program, [call.input(needed(workspace)), ...outputs], given, given.B * given.T);
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
