import {
  concat,
  slice,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  type TensorContainer,
  tensor_util,
  tidy,
  Variable,
} from '@tensorflow/tfjs-core';

/** What the steps of a sequence give. */
export type Run<State extends TensorContainer> = { logits: Tensor3D; state: State };

/**
 * The floats that a forward pass without gradients makes at once: 64 MB of a kernel's workspace, as smaller parts cost more
 * in state than they save in caches; 16 MB of tfjs's tensors.
 */
const FLOATS_AT_ONCE = { fused: 2 ** 24, reference: 2 ** 22 } as const;
/** Beyond this many steps at once nothing is gained. */
const MOST_STEPS = 512;

/**
 * The steps that a forward pass without gradients takes at once: nothing is kept for a backward pass, so the memory need
 * not grow with time.
 * @param floats what one step of the whole batch makes, roughly
 */
export function stepsAtOnce(floats: number, engine: keyof typeof FLOATS_AT_ONCE): number {
  return Math.min(MOST_STEPS, Math.max(1, Math.floor(FLOATS_AT_ONCE[engine] / floats)));
}

/** Sequences, and which of their steps are taken. */
export interface Sequences {
  /** `[batch, time, inputSize]` */
  readonly x: Tensor3D;
  /** `[batch, time]`, 1 where a step is taken, else 0; undefined where all are. */
  readonly mask: Tensor2D | undefined;
}

/** Sequences in parts of `steps`, each from the state that the one before left. Call it in a tidy. */
export function inChunks<State extends TensorContainer>(
  { x, mask }: Sequences,
  steps: number,
  start: State | undefined,
  run: (part: Sequences, start: State | undefined) => Run<State>,
): Run<State> {
  const [batch, time, inputSize] = x.shape;
  if (time <= steps) return run({ x, mask }, start);
  const partAt = (t: number, from: State | undefined): Run<State> =>
    tidy(() => {
      const taken = Math.min(steps, time - t);
      const part = slice(x, [0, t, 0], [batch, taken, inputSize]);
      return run({ x: part, mask: mask && slice(mask, [0, t], [batch, taken]) }, from);
    });
  const given = start === undefined ? [] : tensorsIn(start);
  let last = partAt(0, start);
  const logits = [last.logits];
  for (let t = steps; t < time; t += steps) {
    const next = partAt(t, last.state);
    disposeBut(last.state, [...given, ...tensorsIn(next.state)]);
    logits.push(next.logits);
    last = next;
  }
  const whole = { logits: concat(logits, 1), state: last.state };
  for (const each of logits) each.dispose();
  return whole;
}

const tensorsIn = (state: TensorContainer): Tensor[] => tensor_util.getTensorsInContainer(state);

/** Disposes a state that is not needed any more. A custom controller may pass on tensors that others use too. */
function disposeBut(state: TensorContainer, others: readonly Tensor[]): void {
  for (const tensor of tensorsIn(state)) {
    if (!others.includes(tensor) && !tensor.kept && !(tensor instanceof Variable)) tensor.dispose();
  }
}
