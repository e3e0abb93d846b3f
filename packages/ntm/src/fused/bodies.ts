import {
  type CpuKernel,
  type CpuOp,
  type Functions,
  functionOf,
  type KernelCall,
  type Pointer,
  remembered,
} from '@tapehead/core/kernels';
import { countOf, type NtmSettings, packedShapes, type SequenceSettings, type SequenceShapes } from './op.js';
import { fields, ntmShapes } from './sizes.js';

/** How the kernels of a sequence take it; see assembly/sequence.ts and assembly/baseline/sequence.ts. */
interface SequenceOnCpu<S extends SequenceSettings> {
  /** The functions that count bytes, go forward and go back. */
  readonly names: readonly [workspace: string, forward: string, backward: string];
  /** The settings that are sizes, in the order in which the functions take them. */
  readonly sizes: readonly (keyof S)[];
  readonly shapes: SequenceShapes<S>;
  /** The pointers of the parameters and those of the start, among all. */
  readonly split: (settings: S, pointers: readonly Pointer[]) => readonly [Pointer[], Pointer[]];
}

/** The kernels of a whole sequence on a CPU. */
export function sequenceOnCpu<S extends SequenceSettings>(sequence: SequenceOnCpu<S>): CpuOp<S> {
  const [bytes, forward, backward] = sequence.names;
  const integersOf = (settings: S): number[] => sequence.sizes.map((size) => Number(settings[size]));
  const workspaceBytes = remembered(
    sequence.sizes,
    (settings: S, functions: Functions, call: KernelCall): number =>
      functionOf(functions, bytes)(call.integers(integersOf(settings))),
  );
  return {
    workspace: (functions, settings, call) => workspaceBytes(settings, functions, call),
    forward: {
      run(functions, settings, { inputs: [x = 0, ...tensors], outputs, workspace, call }) {
        const lists = sequence.split(settings, tensors).map((each) => call.integers(each));
        const [packed = 0] = outputs;
        const [logits = 0, ...state] = settings.apart
          ? outputs
          : offsetsFrom(packed, packedShapes(settings, sequence.shapes));
        const end = settings.finalState ? call.integers(state) : 0;
        const sizes = call.integers(integersOf(settings));
        functionOf(functions, forward)(sizes, workspace, ...lists, x, logits, end);
      },
    },
    backward: {
      run(functions, settings, { inputs: [dPacked = 0], outputs, workspace, call }) {
        const [dLogits = 0, ...dState] = offsetsFrom(dPacked, packedShapes(settings, sequence.shapes));
        const [dInput = 0, ...gradients] = settings.inputGradient ? outputs : [0, ...outputs];
        const lists = sequence.split(settings, gradients).map((each) => call.integers(each));
        const dEnd = settings.finalState ? call.integers(dState) : 0;
        const sizes = call.integers(integersOf(settings));
        functionOf(functions, backward)(sizes, workspace, dLogits, dEnd, ...lists, dInput);
      },
    },
  };
}

/** Where tensors of these shapes each begin that stand one behind the other. */
function offsetsFrom(first: Pointer, shapes: readonly number[][]): Pointer[] {
  let next = first;
  return shapes.map((shape) => {
    const offset = next;
    next += 4 * countOf(shape);
    return offset;
  });
}

/** A whole sequence of an NTM. The kernels leave room for the recurrent kernels that feed-forward layers lack. */
export const ntmOnCpu = /* @__PURE__ */ sequenceOnCpu<NtmSettings>({
  names: ['workspaceBytes', 'sequenceForward', 'sequenceBackward'],
  sizes: fields,
  shapes: ntmShapes,
  split({ layers, feedforward }, pointers) {
    const ofLayer = feedforward === 1 ? 2 : 3;
    const end = 4 + ofLayer * layers;
    const parameters = Array.from(pointers.slice(4, end), (pointer, i) =>
      feedforward === 1 && i % 2 === 0 ? [pointer, 0] : [pointer],
    );
    return [[...pointers.slice(0, 4), ...parameters.flat()], pointers.slice(end)];
  },
});

/** What happened at each step, on a CPU. */
export const traceOnCpu: CpuKernel<NtmSettings> = {
  run(functions, settings, { outputs, workspace, call }) {
    functionOf(functions, 'sequenceTrace')(
      call.integers(fields.map((field) => settings[field])),
      workspace,
      call.integers(outputs),
    );
  },
};
