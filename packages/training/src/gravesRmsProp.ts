import { checkOptions, checkShape, checkTensor } from '@tapehead/core';
import {
  add,
  concat,
  dispose,
  keep,
  type NamedTensorMap,
  Optimizer,
  reshape,
  serialization,
  slice,
  type Tensor,
  tidy,
  type Variable,
} from '@tensorflow/tfjs-core';
import { type Change, changesOf } from './changes.js';
import { type Clip, checkClip } from './clip.js';
import { fusedGravesStep, guardedGravesStep, hasKernels } from './fused/kernels.js';
import { checkSettings, type GravesMoments, type GravesSettings, nextMoments } from './gravesStep.js';
import { checkLimit, type Limit, limited, unlimited } from './limit.js';
import type { NamedTensor } from './namedTensor.js';
import { readWeights } from './optimizerWeights.js';
import { checkPositive } from './positive.js';
import { type Slot, Slots } from './slots.js';

type Part = keyof GravesMoments;

/** The parts of a slot, in the order in which they are saved. */
const parts: readonly Part[] = ['n', 'gBar', 'delta'];

/** A parameter, its gradient, and what is kept of it. */
interface Item {
  readonly parameter: Variable;
  readonly gradient: Tensor;
  readonly slot: Slot<Part>;
  readonly moments: GravesMoments<Variable>;
}

/** The moments of several slots, one behind the other. */
interface Packed {
  readonly slots: readonly Slot<Part>[];
  readonly moments: GravesMoments;
}

const names = ['learningRate', 'halfAfter', 'decay', 'momentum', 'epsilon'] as const;

/**
 * RMSProp in the form of Graves 2013, as the NTM paper trains with it; `gravesStep` has the equations.
 *
 * What it keeps belongs to a variable, by its name: gradients may come in any order, and of other variables each time. A
 * variable that has no gradient keeps its moments. A variable that is made after one of its name was disposed starts at 0.
 */
export class GravesRMSProp extends Optimizer {
  static get className(): string {
    return 'GravesRMSProp';
  }

  readonly #slots = new Slots<Part>((make) => ({ n: make('n'), gBar: make('gBar'), delta: make('delta') }));
  #settings: Readonly<GravesSettings>;
  /** On a GPU: the moments of the last update, since the last time that their slots were looked at. */
  #packed: Packed | undefined;

  /** @throws TapeheadError as `gravesRmsProp` does */
  constructor(settings: Readonly<GravesSettings>) {
    super();
    checkOptions('GravesRMSProp', settings, names);
    checkSettings(settings);
    this.#settings = Object.freeze({ ...settings });
  }

  /** The settings, with the current learning rate. Frozen: set `learningRate` to change it. */
  get settings(): Readonly<GravesSettings> {
    return this.#settings;
  }

  /**
   * The learning rate. It may be changed at any time, and it is saved with a checkpoint. With `halfAfter`, it is the rate
   * that the schedule divides: update t, counted from the optimizer's first, goes at `learningRate / (1 + t / halfAfter)`.
   */
  get learningRate(): number {
    return this.#settings.learningRate;
  }

  /** @throws TapeheadError `range` for a rate that is not above 0 */
  set learningRate(learningRate: number) {
    checkPositive('learningRate', learningRate);
    this.#settings = Object.freeze({ ...this.#settings, learningRate });
  }

  /**
   * One update of the variables that the gradients name.
   * @throws TapeheadError before anything is changed: `argument` for a name that no variable has and for what is no
   * tensor of numbers, `shape` for a gradient of another shape than its variable
   */
  applyGradients(gradients: NamedTensorMap | NamedTensor[]): void {
    this.applyLimited(gradients, unlimited);
  }

  /**
   * `applyGradients` of the gradients within a limit: in the kernel where one is registered, without a copy of them.
   * @throws TapeheadError as `applyGradients` does
   */
  applyLimited(gradients: NamedTensorMap | NamedTensor[], limit: Limit): void {
    checkLimit(limit);
    tidy(() => {
      const items = this.#items(changesOf(gradients));
      this.#unpack();
      if (items.length > 0 && hasKernels()) this.#updateFused(items, limit);
      else for (const item of items) this.#update(item, limit);
    });
    this.incrementIterations();
  }

  /**
   * On a GPU: the update by what is measured there, within a clip, and none at all where a measure is not finite. Call
   * `countUpdate` once the measures have been read and are finite.
   * @throws TapeheadError as `applyGradients` does
   */
  applyGuarded(
    gradients: NamedTensorMap,
    measured: { readonly measures: Tensor; readonly packed: Tensor },
    clip: Clip,
  ): void {
    checkClip(clip);
    tidy(() => {
      const items = this.#items(changesOf(gradients));
      if (items.length === 0) return;
      checkMeasured(measured, items);
      const { moments } = this.#pack(items.map(({ slot }) => slot));
      const parameters = items.map(({ parameter }) => parameter);
      const updated = guardedGravesStep(parameters, measured, moments, this.#settingsNow(), clip);
      for (const [i, parameter] of parameters.entries()) parameter.assign(updated[i] ?? parameter);
    });
  }

  /** Counts an update made by `applyGuarded`. */
  countUpdate(): void {
    this.incrementIterations();
  }

  /** The number of steps, then n, ḡ and Δ of each parameter. The tensors stay the optimizer's own, but for the first. */
  override async getWeights(): Promise<NamedTensor[]> {
    this.#unpack();
    const iterations = await this.saveIterations();
    const moments = this.#slots
      .all()
      .flatMap(({ name, moments }) =>
        parts.map((part) => ({ name: `${name}/${part}`, tensor: moments[part] })),
      );
    return [iterations, ...moments];
  }

  /**
   * Continues from what `getWeights` gave. The tensors stay the caller's.
   * @throws TapeheadError before anything is changed: `argument` unless they are a count, `iter`, and `NAME/n`,
   * `NAME/gBar` and `NAME/delta` of variables that exist; `shape` where they have another shape than the variable
   */
  override async setWeights(weights: NamedTensor[]): Promise<void> {
    const stored = await readWeights(weights, parts);
    this.#slots.restore(stored);
    this.#forgetPacked();
    this.iterations_ = stored.iterations;
  }

  getConfig(): serialization.ConfigDict {
    return { ...this.#settings };
  }

  /** Takes what tf.loadLayersModel read, which then gives the weights in the order of the model's variables. */
  static override fromConfig<T extends serialization.Serializable>(
    cls: serialization.SerializableConstructor<T>,
    config: serialization.ConfigDict,
  ): T {
    const known: readonly string[] = names;
    const made = new cls(Object.fromEntries(Object.entries(config).filter(([name]) => known.includes(name))));
    if (#slots in made) made.#slots.inOrder = true;
    return made;
  }

  override dispose(): void {
    this.#forgetPacked();
    this.#slots.dispose();
  }

  /** The settings, with the rate of this update. */
  #settingsNow(): GravesSettings {
    const { learningRate, halfAfter = Number.POSITIVE_INFINITY } = this.#settings;
    return { ...this.#settings, learningRate: learningRate / (1 + this.iterations / halfAfter) };
  }

  /** Tensors without a number have nothing to update, and kernels do not take them. */
  #items(changes: readonly Change[]): Item[] {
    const slots = this.#slots.of(changes.map(({ variable }) => variable));
    return changes.flatMap(({ variable, gradient }, i) => {
      const slot = slots[i];
      if (slot === undefined || variable.size === 0) return [];
      return [{ parameter: variable, gradient, slot, moments: slot.moments }];
    });
  }

  #update({ parameter, gradient, moments }: Item, limit: Limit): void {
    const next = nextMoments(moments, limited(gradient, limit), this.#settingsNow());
    for (const part of parts) moments[part].assign(next[part]);
    parameter.assign(add(parameter, next.delta));
  }

  #updateFused(items: readonly Item[], limit: Limit): void {
    const updated = fusedGravesStep(items, this.#settingsNow(), limit);
    for (const [i, { parameter }] of items.entries()) parameter.assign(updated[i] ?? parameter);
  }

  /** The moments of these slots, one behind the other. */
  #pack(slots: readonly Slot<Part>[]): Packed {
    const packed = this.#packed;
    if (packed?.slots.length === slots.length && packed.slots.every((slot, i) => slot === slots[i])) {
      return packed;
    }
    this.#unpack();
    const all = (part: Part): Tensor =>
      tidy(() => keep(concat(slots.map(({ moments }) => reshape(moments[part], [-1])))));
    this.#packed = { slots, moments: { n: all('n'), gBar: all('gBar'), delta: all('delta') } };
    return this.#packed;
  }

  /** Back into the slots what a GPU holds one behind the other; not into those of variables that are disposed. */
  #unpack(): void {
    const packed = this.#packed;
    if (packed === undefined) return;
    for (const part of parts) {
      let first = 0;
      for (const { moments } of packed.slots) {
        const own = moments[part];
        const from = first;
        first += own.size;
        if (own.isDisposed) continue;
        tidy(() => own.assign(reshape(slice(packed.moments[part], from, own.size), own.shape)));
      }
    }
    this.#forgetPacked();
  }

  #forgetPacked(): void {
    if (this.#packed !== undefined) dispose({ ...this.#packed.moments });
    this.#packed = undefined;
  }
}

// So that tf.loadLayersModel finds the optimizer that a model was saved with.
serialization.registerClass(GravesRMSProp);

function checkMeasured(
  { measures, packed }: { readonly measures: Tensor; readonly packed: Tensor },
  items: readonly Item[],
): void {
  checkTensor('measures', measures);
  checkShape('measures', measures, [2], 'objective and norm');
  checkTensor('packed', packed);
  const size = items.reduce((sum, { parameter }) => sum + parameter.size, 0);
  checkShape('packed', packed, [size], 'all gradients one behind the other');
}

/**
 * Graves's RMSProp with the paper's settings. Works wherever tfjs takes an optimizer: `train`, `minimize`,
 * `model.compile`. The caller disposes it.
 * @throws TapeheadError `range` for a rate, a `halfAfter` or an ε that is not above 0, a decay or a momentum outside
 * [0, 1); `argument` for an unknown setting
 */
export function gravesRmsProp(settings: Partial<GravesSettings> = {}): GravesRMSProp {
  checkOptions('gravesRmsProp', settings, names);
  const { learningRate = 1e-4, halfAfter, decay = 0.95, momentum = 0.9, epsilon = 1e-4 } = settings;
  const schedule = halfAfter === undefined ? {} : { halfAfter };
  return new GravesRMSProp({ learningRate, ...schedule, decay, momentum, epsilon });
}
