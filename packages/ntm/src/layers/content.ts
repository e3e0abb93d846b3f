import { contentAddressing as contentWeights } from '@tapehead/addressing';
import { checkOptions, type Floats, type RankOf, TapeheadError, textOf } from '@tapehead/core';
import { serialization, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { type Shape, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { checkSymbolic, known, sizesIn } from './given.js';
import { inputsOf, Part, shapesOf } from './part.js';
import { freshName, oneOf } from './symbolic.js';

const inputNames = ['key', 'memory', 'beta'];

/** Options of a layer without weights. */
export interface ContentAddressingArgs {
  /** Name of the layer. */
  readonly name?: string | undefined;
}

/**
 * Focus by content as a layer without weights: key `[batch, M]`, memory `[batch, N, M]` and beta `[batch, 1]` to
 * `[batch, N]`. For several heads: key `[batch, heads, M]` and beta `[batch, heads]` to `[batch, heads, N]`.
 */
export class ContentAddressing extends Part {
  static readonly className = 'NtmContentAddressing';

  /** @throws TapeheadError `argument` for an unknown option */
  constructor(args: ContentAddressingArgs = {}) {
    super('contentAddressing', args, []);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const [key = [], memory = [], beta = []] = shapesOf('contentAddressing', inputShape, inputNames);
    const heads = key.length === 3 ? ['heads'] : [];
    const ofKey = sizesIn('key', key, ['batch', ...heads, 'memoryDim'])
      .slice(1)
      .map(known);
    const memoryDim = known(ofKey.at(-1));
    const [batch = null, rows = null] = sizesIn(
      'memory',
      memory,
      ['batch', 'memorySize', memoryDim],
      ['batch', 'memorySize'],
    );
    const ofHeads = ofKey.slice(0, -1);
    sizesIn('beta', beta, ['batch', ...(heads.length > 0 ? ofHeads : [1])]);
    return [batch, ...ofHeads, rows];
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const [key, memory, beta] = inputsOf('contentAddressing', inputs, inputNames);
    if (!key || !memory || !beta) throw new Error('the inputs were counted');
    return tidy(() => contentWeights(key, memory, beta));
  }
}

serialization.registerClass(ContentAddressing);

/**
 * Focus by content (Graves et al. 2014, equation 5): `softmax_i(beta · cosine(key, memory(i)))`, of symbolic tensors, or of
 * tensors and arrays. It has no weights.
 *
 * @param key `[batch, M]`
 * @param memory `[batch, N, M]`
 * @param beta key strength, `[batch, 1]`
 * @param options `name` of the layer, for symbolic tensors
 * @returns weights `[batch, N]`; each row sums to 1
 * @throws TapeheadError `argument` for a mix of symbolic tensors and others, and for an unknown option; `shape` where the
 * shapes do not fit; for tensors also what `contentAddressing` of `@tapehead/addressing` throws
 *
 * @example
 * const [key, memory, beta] = [[20], [128, 20], [1]].map((shape) => tf.input({ shape }));
 * const weights = contentAddressing(key, memory, beta); // [null, 128]
 */
export function contentAddressing(
  key: SymbolicTensor,
  memory: SymbolicTensor,
  beta: SymbolicTensor,
  options?: ContentAddressingArgs,
): SymbolicTensor;
export function contentAddressing<Key extends Floats>(key: Key, memory: Floats, beta: Floats): RankOf<Key>;
export function contentAddressing(
  key: Floats | SymbolicTensor,
  memory: Floats | SymbolicTensor,
  beta: Floats | SymbolicTensor,
  options?: ContentAddressingArgs,
): Tensor | SymbolicTensor {
  if (isConcrete(key) && isConcrete(memory) && isConcrete(beta)) {
    if (options === undefined) return contentWeights(key, memory, beta);
    const got = textOf(options);
    throw new TapeheadError(
      'argument',
      `options: expected none for tensors, because no layer is made, got ${got}`,
    );
  }
  const instead = 'pass three symbolic tensors or three tensors';
  checkSymbolic('key', key, instead);
  checkSymbolic('memory', memory, instead);
  checkSymbolic('beta', beta, instead);
  if (options !== undefined) checkOptions('contentAddressing', options, ['name']);
  const { name = freshName('content_addressing') } = options ?? {};
  return oneOf(new ContentAddressing({ name }).apply([key, memory, beta]));
}

const isConcrete = (given: Floats | SymbolicTensor): given is Floats => !(given instanceof SymbolicTensor);
