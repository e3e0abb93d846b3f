import {
  type GpuBody,
  type GpuProgram,
  needed,
  pack,
  registerGpuKernels,
  sumOf,
  unpack,
} from '@tapehead/core/kernels';
import { type BackwardWanted, backwardCode } from '../../wgsl/backward.js';
import { forwardCode } from '../../wgsl/forward.js';
import type { Net } from '../../wgsl/layout.js';
import { traceCode } from '../../wgsl/trace.js';
import { turnGroups } from '../../wgsl/turn.js';
import { tileFor, weightsCode, weightsGroups } from '../../wgsl/weights.js';
import { kernelNames, settingsAmong } from './kernels.js';
import { countOf } from './packed.js';
import { planOf, roomFor, workspaceOf } from './plan.js';
import { inputShapes, packedShapes, traceShapes } from './sizes.js';

/** Registers the whole-sequence kernels on the webgpu backend: a dispatch forward, two back. */
export function registerGpu(): void {
  registerGpuKernels({
    [kernelNames.forward]: forward,
    [kernelNames.backward]: backward,
    [kernelNames.trace]: trace,
  });
}

const uniforms = { B: 'u32', T: 'u32' } as const;

const forward: GpuBody = (call, [x, ...tensors], attributes) => {
  const { finalState, inputGradient: _, ...sizes } = settingsAmong(attributes);
  const { net, layout, limits, given } = planOf(sizes, call.limits);
  const counts = packedShapes(sizes, finalState).map(countOf);
  const input = call.input(needed(x));
  const learned = call.room(sumOf(tensors.map(({ shape }) => countOf(shape))));
  pack(call, tensors, learned);
  const out = call.output(finalState ? [sumOf(counts)] : [sizes.batch, sizes.time, sizes.outputSize]);
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
  const gradients = call.room(sumOf(shapes.map(countOf)));
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
