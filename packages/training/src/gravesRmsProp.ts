import { checkAbove, TapeheadError } from '@tapehead/core';
import {
  add,
  concat,
  dispose,
  engine,
  keep,
  mul,
  type NamedTensorMap,
  Optimizer,
  reshape,
  serialization,
  slice,
  type Tensor,
  tidy,
  type Variable,
  variable,
  zerosLike,
} from '@tensorflow/tfjs-core';
import type { Clip } from './clip.js';
import { fusedGravesStep, guardedGravesStep, hasKernels } from './fused/kernels.js';
import { type GravesMoments, type GravesSettings, gravesStep } from './gravesStep.js';
import { type Limit, limited, unlimited } from './limit.js';
import type { NamedTensor } from './namedTensor.js';

type Slot = GravesMoments<Variable> & { name: string };

/** A parameter, its gradient, and its slot. */
interface Item {
  readonly parameter: Variable;
  readonly gradient: Tensor;
  readonly moments: Slot;
}

/** The parts of a slot, in the order in which they are saved. */
const parts = ['n', 'gBar', 'delta'] as const;

/** RMSProp in the form of Graves 2013, as the NTM paper trains with it; `gravesStep` has the equations. */
export class GravesRMSProp extends Optimizer {
  static get className(): string {
    return 'GravesRMSProp';
  }

  /** The i-th belongs to the i-th gradient, as in tfjs's own optimizers. */
  private slots: Slot[] = [];
  /** On a GPU the same of all parameters, one behind the other, since the last time that the slots were looked at. */
  private packedMoments: GravesMoments | undefined;

  constructor(readonly settings: Readonly<GravesSettings>) {
    super();
  }

  applyGradients(gradients: NamedTensorMap | NamedTensor[]): void {
    this.applyLimited(gradients, unlimited);
  }

  /**
   * `applyGradients` of the gradients within a limit: in the kernel where one is registered, without a copy of them.
   */
  applyLimited(gradients: NamedTensorMap | NamedTensor[], limit: Limit): void {
    const named = Array.isArray(gradients)
      ? gradients
      : Object.entries(gradients).map(([name, tensor]) => ({ name, tensor }));
    this.unpackMoments();
    const items = named.map(({ name, tensor }, index) => this.item(index, name, tensor));
    if (hasKernels()) this.updateFused(items, limit);
    else for (const item of items) this.update(item, limit);
    this.incrementIterations();
  }

  /**
   * On a GPU: the update by what is measured there, within a clip, and none at all where a measure is not finite. Call
   * `countUpdate` once the measures have been read and are finite.
   */
  applyGuarded(
    gradients: NamedTensorMap,
    measured: { readonly measures: Tensor; readonly packed: Tensor },
    clip: Clip,
  ): void {
    const items = Object.entries(gradients).map(([name, tensor], index) => this.item(index, name, tensor));
    this.packedMoments ??= packedOf(items.map(({ moments }) => moments));
    const parameters = items.map(({ parameter }) => parameter);
    const updated = guardedGravesStep(parameters, measured, this.packedMoments, this.settingsNow(), clip);
    for (const [i, parameter] of parameters.entries()) parameter.assign(updated[i] ?? parameter);
    dispose(updated);
  }

  /** Counts an update made by `applyGuarded`. */
  countUpdate(): void {
    this.incrementIterations();
  }

  /** Back into the slots what a GPU holds one behind the other. */
  private unpackMoments(): void {
    const packed = this.packedMoments;
    if (packed === undefined) return;
    for (const part of parts) {
      let first = 0;
      for (const slot of this.slots) {
        const { size, shape } = slot[part];
        const from = first;
        tidy(() => slot[part].assign(reshape(slice(packed[part], from, size), shape)));
        first += size;
      }
    }
    dispose({ ...packed });
    this.packedMoments = undefined;
  }

  /** The settings, with the rate of this update. */
  private settingsNow(): GravesSettings {
    const { learningRate, halfAfter = Number.POSITIVE_INFINITY } = this.settings;
    return { ...this.settings, learningRate: learningRate / (1 + this.iterations / halfAfter) };
  }

  private item(index: number, name: string, gradient: Tensor): Item {
    const parameter = engine().registeredVariables[name];
    if (parameter === undefined) {
      throw new TapeheadError('argument', `gradients: no variable is named '${name}'`);
    }
    this.slots[index] ??= emptySlot(name, parameter);
    return { parameter, gradient, moments: this.slots[index] };
  }

  private update({ parameter, gradient, moments }: Item, limit: Limit): void {
    tidy(() => {
      const next = gravesStep(moments, limited(gradient, limit), this.settingsNow());
      for (const part of parts) moments[part].assign(next[part]);
      parameter.assign(add(parameter, next.delta));
    });
  }

  private updateFused(items: readonly Item[], limit: Limit): void {
    const updated = fusedGravesStep(items, this.settingsNow(), limit);
    for (const [i, { parameter }] of items.entries()) parameter.assign(updated[i] ?? parameter);
    dispose(updated);
  }

  /** The number of steps, then n, ḡ and Δ of each parameter. The tensors stay the optimizer's own, but for the first. */
  override async getWeights(): Promise<NamedTensor[]> {
    this.unpackMoments();
    const iterations = await this.saveIterations();
    const moments = this.slots.flatMap((slot) =>
      parts.map((part) => ({ name: `${slot.name}/${part}`, tensor: slot[part] })),
    );
    return [iterations, ...moments];
  }

  /**
   * Continues from what `getWeights` gave. The tensors stay the caller's.
   * @throws TapeheadError `argument` unless they are a count and three tensors a parameter
   */
  override async setWeights(weights: NamedTensor[]): Promise<void> {
    const moments = await this.extractIterations(weights);
    const slots = slotsOf(moments);
    this.disposeSlots();
    this.slots = slots;
  }

  getConfig(): serialization.ConfigDict {
    return { ...this.settings };
  }

  static override fromConfig<T extends serialization.Serializable>(
    cls: serialization.SerializableConstructor<T>,
    config: serialization.ConfigDict,
  ): T {
    const known = ['learningRate', 'halfAfter', 'decay', 'momentum', 'epsilon'];
    return new cls(Object.fromEntries(Object.entries(config).filter(([name]) => known.includes(name))));
  }

  override dispose(): void {
    this.disposeSlots();
  }

  private disposeSlots(): void {
    for (const { n, gBar, delta } of this.slots) dispose([n, gBar, delta]);
    if (this.packedMoments) dispose({ ...this.packedMoments });
    this.packedMoments = undefined;
    this.slots = [];
  }
}

// So that tf.loadLayersModel finds the optimizer that a model was saved with.
serialization.registerClass(GravesRMSProp);

function emptySlot(name: string, parameter: Tensor): Slot {
  return tidy(() => ({ name, n: zeros(parameter), gBar: zeros(parameter), delta: zeros(parameter) }));
}

/** The moments of all slots, one behind the other. */
function packedOf(slots: readonly Slot[]): GravesMoments {
  return tidy(() => {
    const packed = (part: (typeof parts)[number]): Tensor =>
      keep(concat(slots.map((slot) => reshape(slot[part], [-1]))));
    return { n: packed('n'), gBar: packed('gBar'), delta: packed('delta') };
  });
}

function zeros(like: Tensor): Variable {
  return variable(zerosLike(like), false);
}

/** A copy in a buffer of its own, because the kernel changes it in place: a clone may share that of the caller. */
function ownCopy(tensor: Tensor): Variable {
  return tidy(() => variable(mul(tensor, 1), false));
}

function slotsOf(moments: readonly NamedTensor[]): Slot[] {
  const slots: Slot[] = [];
  for (let i = 0; i < moments.length; i += parts.length) {
    const [n, gBar, delta] = moments.slice(i, i + parts.length);
    if (n === undefined || gBar === undefined || delta === undefined) {
      throw new TapeheadError(
        'argument',
        `weights: expected n, gBar and delta of each parameter, got ${moments.length} tensors`,
      );
    }
    slots.push({
      name: n.name.replace(/\/n$/, ''),
      n: ownCopy(n.tensor),
      gBar: ownCopy(gBar.tensor),
      delta: ownCopy(delta.tensor),
    });
  }
  return slots;
}

/**
 * Graves's RMSProp with the paper's settings. Works wherever tfjs takes an optimizer: `train`, `minimize`,
 * `model.compile`. The caller disposes it.
 * @throws TapeheadError `range` for a rate, a `halfAfter` or an ε that is not above 0, a decay or a momentum outside [0, 1)
 */
export function gravesRmsProp({
  learningRate = 1e-4,
  halfAfter,
  decay = 0.95,
  momentum = 0.9,
  epsilon = 1e-4,
}: Partial<GravesSettings> = {}): GravesRMSProp {
  checkAbove('learningRate', learningRate, 0);
  checkAbove('epsilon', epsilon, 0);
  checkFraction('decay', decay);
  checkFraction('momentum', momentum);
  if (halfAfter !== undefined) checkAbove('halfAfter', halfAfter, 0);
  const schedule = halfAfter === undefined ? {} : { halfAfter };
  return new GravesRMSProp({ learningRate, ...schedule, decay, momentum, epsilon });
}

function checkFraction(name: string, value: number): void {
  if (value >= 0 && value < 1) return;
  throw new TapeheadError('range', `${name}: expected a number in [0, 1), got ${value}`);
}
