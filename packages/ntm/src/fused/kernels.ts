import { type Sizes, sizesAmong } from './sizes.js';

/**
 * The kernels of a whole sequence. Inputs are numbered: forward takes x, the parameters and the start, and
 * gives the packed output and what is kept, first of all the workspace; backward takes what is kept and the gradient of the
 * packed output, and gives the gradients of x (where it is wanted), the parameters and the start; trace takes the workspace.
 */
export const kernelNames = {
  forward: 'TapeheadNtmForward',
  backward: 'TapeheadNtmBackward',
  trace: 'TapeheadNtmTrace',
} as const;

/** What a kernel is told beside its tensors. */
export type KernelSettings = Sizes & {
  /** Whether the packed output holds the state after the last step, behind the logits. */
  readonly finalState: boolean;
  /** Whether the gradient of x is wanted: nothing learns from it where x is data. */
  readonly inputGradient: boolean;
};

/** The settings among the attributes of a kernel call. */
export function settingsAmong(attributes: Readonly<Record<string, unknown>>): KernelSettings {
  return {
    ...sizesAmong(attributes),
    finalState: attributes.finalState === true,
    inputGradient: attributes.inputGradient === true,
  };
}
