import { type Engine, isTapeheadError } from '@tapehead/core';
import { chooseEngine, obstacleTo } from '@tapehead/core/kernels';
import type { Scanned, Stepping, scan, scanEngine, Tensors } from '@tapehead/scan';
import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import type { Sequences } from './chunks.js';
import { ntmOp } from './fused/op.js';
import type { NtmConfig } from './options.js';
import type { Parts } from './parameters.js';
import { type NtmState, type NtmStep, ntmStep } from './step.js';
import type { NtmTrace } from './trace.js';

/** Whether whole sequences run by `scan`, because the kernels do not have the controller or an option. */
export function runsByScan(config: NtmConfig): boolean {
  const { controller, controllerActivation, headInput, keyActivation, addActivation } = config;
  const { sharpenEpsilon, order, initialWeighting, clipController, clipHeads, clipLogits } = config;
  const others = [controllerActivation, headInput, keyActivation, addActivation, sharpenEpsilon];
  const bounds = [clipController, clipHeads, clipLogits];
  return (
    controller === 'own' ||
    order === 'in-turn' ||
    initialWeighting === 'zero' ||
    [...others, ...bounds].some((option) => option !== undefined)
  );
}

/** The step of a net as `scan` takes it. `scan` keeps what it has compiled with this object. */
export interface ScanStep<Output, State> {
  step(x: Tensor2D, state: State): { readonly output: Output; readonly state: State };
}

/** Runs whole sequences of any net by `scan`: its step is compiled, whatever its controller is. */
export interface ScannedNet {
  /** With the logits as its output. */
  readonly plain: ScanStep<Tensor2D, NtmState>;
  /** With the logits, and all that happens. */
  readonly traced: ScanStep<ReturnType<typeof everything>, NtmState>;
}

/** Make it once for each net. */
export function scannedNet({ engine, ...rest }: Parts, config: NtmConfig): ScannedNet {
  // Parts are compiled with the step: they need no kernels of their own.
  const parts: Parts = { ...rest, engine: engine === 'fused' ? 'auto' : engine };
  const stepWith = <Output>(outputOf: (step: NtmStep) => Output): ScanStep<Output, NtmState> => ({
    step(x, state) {
      const step = ntmStep(parts, config, x, state);
      return { output: outputOf(step), state: step.state };
    },
  });
  return { plain: stepWith(({ logits }) => logits), traced: stepWith(everything) };
}

/** What a trace has of each step. */
function everything({ logits, state, readParameters, writeParameters }: NtmStep) {
  const { memory, reads, readWeights, writeWeights } = state;
  return {
    logits,
    trace: {
      memory,
      reads,
      readWeights,
      writeWeights,
      readHeads: readParameters,
      writeHeads: writeParameters,
    },
  };
}

/** What compiles steps. Only `registerFused` brings it, so that the main bundle is without it. */
export interface Scanner {
  readonly scan: typeof scan;
  readonly scanEngine: typeof scanEngine;
}

let scanner: Scanner | undefined;

const UNREGISTERED = 'nothing compiles it; await registerFused() of @tapehead/ntm/fused first';

function theScanner(): Scanner {
  if (scanner === undefined) throw new Error(UNREGISTERED);
  return scanner;
}

/** Tells what compiles the steps of nets. */
export function useScanner(given: Scanner): void {
  scanner = given;
}

/** Why `scan` cannot compile the step of a net, on the current backend. */
export function obstacleToScan<State extends object>(
  step: Stepping<Tensor3D, State, Tensor2D>,
  { x, mask }: Sequences,
  start: State,
): string | undefined {
  if (scanner === undefined) return obstacleTo(ntmOp) ?? UNREGISTERED;
  try {
    return scanner.scanEngine(step, start, x, { mask }).reason;
  } catch (error) {
    // The loop takes states that `scan` does not take, and says itself what is wrong with a controller.
    if (isTapeheadError(error)) return error.message;
    throw error;
  }
}

/**
 * Resolves the engine of a net that runs by `scan`.
 * @param obstacle why it cannot be compiled, if it cannot
 * @throws TapeheadError `backend` where `engine` is `fused` and it cannot be compiled
 */
export function engineOfScan(engine: Engine, obstacle: string | undefined): 'fused' | 'reference' {
  return chooseEngine(engine, obstacle === undefined ? undefined : obstacleTo(ntmOp), obstacle);
}

/**
 * Whole sequences in one kernel call.
 * @returns logits `[batch, time, outputSize]`, 0 where a step is not taken, and the last state
 */
export function scannedSequence<State extends object>(
  step: Stepping<Tensor3D, State, Tensor2D>,
  { x, mask }: Sequences,
  start: State,
): { logits: Tensor3D; state: Tensors<State> } {
  const { outputs, state } = theScanner().scan(step, start, x, { engine: 'fused', mask });
  return { logits: outputs, state };
}

/** {@link scannedSequence}, and what happens at each step, zeros where a step is not taken. */
export function scannedTrace(
  { traced }: ScannedNet,
  { x, mask }: Sequences,
  start: NtmState,
): { logits: Tensor3D; state: NtmState; trace: NtmTrace } {
  const {
    outputs,
    state,
  }: Scanned<NtmState, ReturnType<typeof everything>> = theScanner().scan(traced, start, x, {
    engine: 'fused',
    mask,
  });
  const { logits, trace } = outputs;
  return { logits, state, trace };
}
