import { limitsOf, obstacleToBuffer } from '@tapehead/core/kernels';
import { engine } from '@tensorflow/tfjs-core';
import type { Graph } from '../graph/graph.js';
import { planOf, type Wanted } from '../plan/plan.js';
import { type CallSize, type Planned, planNumbered } from '../run/plans.js';
import { Obstacle } from '../trace/obstacle.js';
import { isCall } from './callCode.js';
import { farOf, type GpuScan, gpuCode } from './program.js';
import { regionsOf } from './regions.js';

/** A plan with its programs for a GPU. */
export interface GpuPlanned extends Planned {
  /** Written once for devices of the same limits. */
  codeFor(limits: GPUSupportedLimits): GpuScan;
}

const planned = new WeakSet<object>();
const isForGpu = (each: object): each is GpuPlanned => planned.has(each);

/** From so many numbers on, products that need nothing of the step before are computed for all steps at once. */
const SMALLEST_WEIGHT = 1;

/**
 * Plans a graph for a GPU.
 *
 * @throws Obstacle where it needs a function that there is not in WGSL
 */
export function plannedForGpu(graph: Graph, wanted: Wanted): GpuPlanned {
  const plan = planOf(graph, wanted, SMALLEST_WEIGHT);
  const unknown = plan.lowered.works.find((work) => work.kind === 'call' && !isCall(work.name));
  if (unknown?.kind === 'call') throw new Obstacle(`${unknown.name} has no kernel on webgpu`);
  const codes = new Map<string, GpuScan>();
  const regions = regionsOf(plan);
  const codeFor = (limits: GPUSupportedLimits): GpuScan => {
    const key = `${limits.maxComputeWorkgroupStorageSize} ${limits.maxComputeInvocationsPerWorkgroup}`;
    const known = codes.get(key) ?? gpuCode(plan, regions, limits);
    codes.set(key, known);
    return known;
  };
  const made: GpuPlanned = {
    graph,
    plan,
    keptFloats(size) {
      const { frames, inputs, weights } = regions.floats(size);
      return frames + inputs + weights;
    },
    obstacleTo(size) {
      const limits = limitsOf(engine().backend);
      const floats = largestBuffer(codeFor(limits), plan.backward !== undefined, size);
      const what = `scan (batch ${size.batch}, time ${size.time}) takes`;
      return obstacleToBuffer(what, floats, limits, 'take a smaller batch or shorter sequences');
    },
    codeFor,
  };
  planned.add(made);
  return made;
}
/** The plan of that number. */
export function gpuPlanNumbered(number: number): GpuPlanned {
  const found = planNumbered(number);
  if (isForGpu(found)) return found;
  throw new Error(`plan ${number} is for another backend`);
}

/** The floats of the largest buffer of a call, and of the way back from it. */
function largestBuffer({ regions, programs }: GpuScan, isBack: boolean, size: CallSize): number {
  const { forwardRoom, backwardRoom, frames, inputs, weights, ...others } = regions.floats(size);
  return Math.max(
    isBack ? frames + inputs + weights : Math.max(frames, inputs, weights),
    others.results,
    forwardRoom + farOf(programs('forward'), size),
    ...(isBack ? [others.slopes, others.gradients, backwardRoom + farOf(programs('back'), size)] : []),
  );
}
