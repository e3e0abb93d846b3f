import type { Engine } from '@tapehead/core';
import { type ScanEngine, type Step, scan, scanEngine } from '@tapehead/scan';
import { dispose, type Tensor2D, type Tensor3D, type Variable } from '@tensorflow/tfjs-core';

/** A net as its author writes it: one step. */
export interface StepNet<S extends object> {
  readonly parameters: Readonly<Record<string, Variable>>;
  initialState(batch: number): S;
  readonly step: Step<Tensor3D, S, Tensor2D>;
}

/** The same over whole sequences. */
export interface ComposedNet {
  readonly parameters: Readonly<Record<string, Variable>>;
  /** `[batch, time, inputSize]` to logits `[batch, time, outputSize]`, compiled or by a loop. */
  sequence(input: Tensor3D, engine: Engine): { logits: Tensor3D };
  /** How it would run. This compiles the step. */
  engineFor(input: Tensor3D): ScanEngine;
  dispose(): void;
}

export function composed<S extends object>(net: StepNet<S>): ComposedNet {
  const { parameters } = net;
  const startOf = (input: Tensor3D) => net.initialState(input.shape[0]);
  return {
    parameters,
    sequence: (input, engine) => ({ logits: scan(net, startOf(input), input, { engine }).outputs }),
    engineFor: (input) => scanEngine(net, startOf(input), input),
    dispose: () => dispose(Object.values(parameters)),
  };
}
