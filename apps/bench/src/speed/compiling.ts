import type { BackendChoice } from '@tapehead/backend';
import { type Rank, type Scalar, sum, tidy, variableGrads, zeros } from '@tensorflow/tfjs-core';
import type { ControllerName } from '../models.js';
import { speedNet } from './nets/index.js';
import type { NetName } from './nets/names.js';

export interface CompileJob {
  readonly net: NetName;
  readonly controller: ControllerName;
  readonly backend: BackendChoice;
  readonly length: number;
}

/** Milliseconds. */
export interface CompileTimes {
  /** To trace a step, differentiate it, plan it and write its program. */
  readonly compile: number;
  /** The same in processor time of the process, which other programs do not lengthen, but its own helper threads do. */
  readonly processor: number;
  /** Of the first gradient, with all of that. */
  readonly firstGradient: number;
}

/** The memory sizes N of the nets that are compiled. The graph of the last one is known by then, so it is not planned again. */
const memorySizes = [128, 120, 136, 128];

/** How long it takes to compile a net in each of these sizes; nothing for a net whose step is inside a layer. */
export function compileAgain(job: CompileJob): CompileTimes[] {
  const { compose, task, steps } = speedNet(job.net, job.controller);
  if (compose === undefined) return [];
  return memorySizes.map((memorySize) => {
    const net = compose(memorySize);
    const input = zeros<Rank.R3>([1, steps(job.length), task.inputSize]);
    let [compile, processor] = [Number.NaN, Number.NaN];
    const began = performance.now();
    const cost = () => {
      const [compileBegan, used] = [performance.now(), process.cpuUsage()];
      net.engineFor(input);
      compile = performance.now() - compileBegan;
      const { user, system } = process.cpuUsage(used);
      processor = (user + system) / 1000;
      return sum<Scalar>(net.sequence(input, 'fused').logits);
    };
    tidy(() => variableGrads(cost, Object.values(net.parameters)).value.dataSync());
    const firstGradient = performance.now() - began;
    net.dispose();
    input.dispose();
    return { compile, processor, firstGradient };
  });
}
