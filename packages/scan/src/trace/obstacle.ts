import type { ValueId } from '../graph/graph.js';

/** Why a step cannot be compiled. The plain loop can still run it. */
export class Obstacle extends Error {
  override readonly name = 'Obstacle';
  /** The value of the trace where it was found, if it was found after the trace. */
  readonly at: ValueId | undefined;

  constructor(reason: string, at?: ValueId, options?: ErrorOptions) {
    super(reason, options);
    this.at = at;
  }

  /** What to tell people: the op, and the line of their code where it can be had. */
  get reason(): string {
    return this.message;
  }
}

const renamed: Readonly<Record<string, string>> = {
  _FusedMatMul: 'fused.matMul',
  BatchMatMul: 'matMul',
  FusedBatchNorm: 'batchNorm',
  GatherV2: 'gather',
  Multiply: 'mul',
  Pack: 'stack',
  PadV2: 'pad',
  RealDiv: 'div',
  Select: 'where',
  SplitV: 'split',
  TopK: 'topk',
  Unpack: 'unstack',
};

/** A kernel as people know it, such as `tf.einsum (Einsum)`. */
export function opName(kernel: string): string {
  return `tf.${renamed[kernel] ?? kernel.charAt(0).toLowerCase() + kernel.slice(1)} (${kernel})`;
}
