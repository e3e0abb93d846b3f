import type { EngineOption, Floats } from '@tapehead/core';
import type { Tensor, Tensor2D, TensorContainer, Variable } from '@tensorflow/tfjs-core';

/** What a controller carries from step to step: tensors in any nesting of records and arrays. */
export type ControllerState = TensorContainer;

/**
 * The net that drives the heads. Implement it to bring your own: state goes in and comes out, nothing hides but the
 * variables.
 */
export interface Controller<State extends ControllerState = ControllerState> {
  /** Width of `output`. */
  readonly outputSize: number;
  /** State before the first step, for `batch` sequences; gradients flow back to learned starting values. */
  initialState(batch: number): State;
  /**
   * One time step.
   * @param x external input and previous reads, `[batch, inputSize]`
   * @returns output `[batch, outputSize]` and the next state; neither disposes `x` or `state`
   */
  step(x: Tensor2D, state: State): { output: Tensor2D; state: State };
}

/** A controller of this package. It takes `x` as tfjs's ops take it: any tensor of numbers, or an array. */
export interface BuiltController<State extends ControllerState = ControllerState> extends Controller<State> {
  step(x: Floats, state: State): { output: Tensor2D; state: State };
}

/**
 * Makes a trainable variable out of its initial value, which it takes and disposes. A net that keeps its weights in
 * a tf.layers layer makes them there; {@link plainVariable} makes them in tfjs-core.
 */
export type MakeVariable = (name: string, initial: Tensor) => Variable;

/** What a controller is built from; `engine` is that of the net, for the ops of its steps that have kernels. */
export interface ControllerContext extends EngineOption {
  /** Width of the input: external input and all reads. */
  readonly inputSize: number;
  /** Makes the controller's variables. */
  readonly variable: MakeVariable;
  /** A fresh seed at each call, for initial values. */
  readonly nextSeed: () => number;
}

/** Builds a controller; pass your own to `NTM.build({ controller })`. */
export type ControllerFactory<State extends ControllerState = ControllerState> = (
  context: ControllerContext,
) => Controller<State>;

/** Sizes of a controller. */
export interface ControllerSize {
  /** Width of each layer. */
  readonly controllerSize: number;
  /** Number of layers; each reads the output of the one below. Default 1. */
  readonly layers?: number;
}
