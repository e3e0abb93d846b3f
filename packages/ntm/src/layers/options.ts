import { checkOneOf, checkOptions, type Engine, TapeheadError } from '@tapehead/core';
import { configOf, type NtmConfig, type NtmOptions, optionNames } from '../options.js';
import { checkName } from './given.js';

/** What a model of {@link build} takes and gives: see `outputs` of {@link BuildOptions}. */
export type StepOutputs = 'output' | 'output-and-state';

const netOptions = [
  'inputSize',
  'memorySize',
  'memoryDim',
  'controllerSize',
  'numHeads',
  'readHeads',
  'writeHeads',
  'outputSize',
  'layers',
  'shifts',
  'keyAndAddActivation',
  'keyActivation',
  'addActivation',
  'sharpenEpsilon',
  'outputActivation',
  'order',
  'engine',
  'seed',
] as const satisfies readonly (keyof NtmOptions)[];

/** Options of {@link build}. Names and defaults are those of `Edifice.Memory.NTM`; only `inputSize` is required. */
export interface BuildOptions extends Pick<NtmOptions, (typeof netOptions)[number]> {
  /** What squashes keys and added vectors. Default `linear`, as in the original. That of `NTM.build` is `tanh`. */
  readonly keyAndAddActivation?: NonNullable<NtmOptions['keyAndAddActivation']>;
  /** What squashes the output. Default `linear`, as in the original. That of `NTM.build` is `sigmoid`. */
  readonly outputActivation?: NonNullable<NtmOptions['outputActivation']>;
  /**
   * `write-first` (default): write heads address the old memory and write it, read heads address and read the new.
   * `read-first`: both address the old memory, and reads come from it; with `outputs: 'output-and-state'`.
   */
  readonly order?: Exclude<NonNullable<NtmOptions['order']>, 'in-turn'>;
  /**
   * `output` (default): two inputs and one output, as in the original. `output-and-state`: the rest of the state is an input
   * too, and the new state is returned, so that the model can be driven step by step.
   */
  readonly outputs?: StepOutputs;
  /** Name of the model. */
  readonly name?: string;
}

/** The options of {@link build} with which it makes the step of a net, if it has all that the net needs. */
export function netOptionsOf({ seed: _, order, ...config }: NtmConfig): BuildOptions {
  for (const name of Object.keys(config)) if (!isNetOption(name)) Reflect.deleteProperty(config, name);
  return order === 'in-turn' ? config : { ...config, order };
}

const isNetOption = (name: string): boolean => netOptions.some((each) => each === name);

/** Options of {@link build}, checked, with every default filled in. */
export interface BuildConfig {
  readonly net: NtmConfig;
  readonly engine: Engine;
  readonly outputs: StepOutputs;
  readonly name: string | undefined;
}

/** @throws TapeheadError `range` or `argument`, naming the option */
export function buildConfigOf(options: BuildOptions): BuildConfig {
  checkSupported(options);
  checkOptions('build', options, [...netOptions, 'outputs', 'name']);
  const { outputs = 'output', name, engine = 'auto', ...others } = options;
  const { keyAndAddActivation = 'linear', outputActivation = 'linear', ...sizes } = others;
  checkOneOf('outputs', outputs, ['output', 'output-and-state']);
  checkName(name);
  checkOneOf('order', others.order ?? 'write-first', ['write-first', 'read-first']);
  const net = configOf({ ...sizes, keyAndAddActivation, outputActivation, engine });
  if (net.order === 'read-first' && outputs === 'output') {
    throw new TapeheadError(
      'argument',
      "order: 'read-first' reads nothing of what it writes; with it pass outputs: 'output-and-state'",
    );
  }
  return { net, engine, outputs, name };
}

/** @throws TapeheadError `argument` for an option of `NTM.build` that a model of one step has no use for */
function checkSupported(options: BuildOptions): void {
  const name = optionNames.find((each) => !isNetOption(each) && Object.hasOwn(Object(options), each));
  if (name === undefined) return;
  throw new TapeheadError(
    'argument',
    `${name}: not supported by build of @tapehead/ntm/layers; call NTM.build, or connect readHead and writeHead yourself`,
  );
}
