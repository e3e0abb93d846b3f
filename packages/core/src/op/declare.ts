import { kernelName, type OpName } from '../engine.js';
import type { Attributes, Kernel, Port, Settings, Shaped } from './kernel.js';

/** An op with a gradient, declared once; see {@link declareOp}. */
export interface OpDeclaration<S extends Settings> extends OpName {
  /** The settings among the attributes of a kernel call; `inputs` are there for the forward pass. */
  settingsOf(attributes: Attributes, inputs: readonly Shaped[] | undefined): S;
  /** What it takes, in the order in which its kernels take it. */
  inputs(settings: S): readonly Port[];
  /** What it gives. */
  outputs(settings: S): readonly Port[];
  /** The inputs that the backward pass takes again, by name. Default: none. */
  readonly again?: readonly string[];
  /** Whether the forward pass leaves the backward pass a workspace. Default: no. */
  readonly keeps?: boolean;
  /** The names of all inputs and outputs, for an op of several outputs, whose gradient tfjs's tape asks for. */
  readonly names?: { readonly inputs: readonly string[]; readonly outputs: readonly string[] };
  /** The inputs whose gradients are wanted; all by default. */
  slopes?(settings: S): readonly Port[];
  /** The work in words, such as `batch 64, time 41`. */
  about(settings: S): string;
}

/** An op, and the two kernels that are derived from its declaration. */
export interface Op<S extends Settings = Settings>
  extends Required<Omit<OpDeclaration<S>, 'names' | keyof OpName>>,
    Pick<OpDeclaration<S>, 'names' | keyof OpName> {
  /** Takes the inputs; gives the outputs and, where they are kept, workspaces. */
  readonly forward: Kernel<S>;
  /** Takes the inputs of `again`, the workspaces, and the gradients of the outputs; gives the gradients of `slopes`. */
  readonly backward: Kernel<S>;
}

/**
 * Declares an op: its name and version, what it takes and gives, and what its backward pass needs again. The guards of
 * both kernels, the shapes of the gradients and the way through tfjs's tape follow from it.
 */
export function declareOp<S extends Settings>(declaration: OpDeclaration<S>): Op<S> {
  const { name, version, settingsOf, inputs, outputs, about, again = [], keeps = false } = declaration;
  const slopes = declaration.slopes ?? inputs;
  const forward: Kernel<S> = {
    name: kernelName({ name, version }),
    settingsOf: (attributes, given) => settingsOf(attributes, given),
    takes: inputs,
    gives: outputs,
    about,
  };
  const backward: Kernel<S> = {
    name: kernelName({ name: `${name}Grad`, version }),
    settingsOf: (attributes) => settingsOf(attributes, undefined),
    takes: (settings, _given, workspaces) => [
      ...inputs(settings).filter((port) => again.includes(port.name)),
      ...workspaces,
      ...outputs(settings).map((port) => ({ ...port, name: `the gradient of ${port.name}` })),
    ],
    gives: slopes,
    about,
  };
  return {
    ...declaration,
    again,
    keeps,
    slopes,
    forward,
    backward,
  };
}

/** The inputs among `given` that the backward pass takes again. */
export function takenAgain<S extends Settings, T extends Shaped>(
  op: Op<S>,
  settings: S,
  given: readonly T[],
): T[] {
  const ports = op.inputs(settings);
  return given.filter((_, i) => op.again.includes(ports[i]?.name ?? ''));
}
