import { checkShape, TapeheadError, textOf } from '@tapehead/core';
import {
  dispose,
  engine,
  mul,
  type Tensor,
  tidy,
  util,
  type Variable,
  variable,
  zerosLike,
} from '@tensorflow/tfjs-core';
import type { StoredWeights } from './optimizerWeights.js';

/** What an optimizer keeps of one variable: a tensor of its shape for each part. */
export interface Slot<Part extends string> {
  readonly name: string;
  readonly moments: Readonly<Record<Part, Variable>>;
}

interface OwnedSlot<Part extends string> extends Slot<Part> {
  /** Not known before the first update, where the slot was restored. */
  owner: Variable | undefined;
}

/**
 * What an optimizer keeps of its variables, by their names. A slot belongs to one variable. It starts at 0, and it is
 * gone when the variable is disposed: another variable of the same name starts at 0 again.
 */
export class Slots<Part extends string> {
  /** Whether restored slots belong to the variables of the first update in order, whatever their names are. */
  inOrder = false;
  readonly #build: (make: (part: Part) => Variable) => Record<Part, Variable>;
  readonly #slots = new Map<string, OwnedSlot<Part>>();

  /** @param build what a slot is, from its parts */
  constructor(build: (make: (part: Part) => Variable) => Record<Part, Variable>) {
    this.#build = build;
  }

  /** All slots, in the order in which they were made. */
  all(): Slot<Part>[] {
    this.#forgetDisposed();
    return [...this.#slots.values()];
  }

  /**
   * The slots of these variables, in their order.
   * @throws TapeheadError `shape` for a slot that was restored in another shape, before anything is changed
   */
  of(variables: readonly Variable[]): Slot<Part>[] {
    this.#forgetDisposed();
    if (this.inOrder) this.#adopt(variables);
    for (const { name, shape } of variables) {
      const known = this.#slots.get(name);
      if (known !== undefined) checkSlotShape(known, shape);
    }
    return variables.map((each) => this.#slotOf(each));
  }

  /**
   * Replaces all slots by copies of what is stored.
   * @throws TapeheadError `argument` or `shape` where no variable has the name and the shape, before anything is changed
   */
  restore({ owners }: StoredWeights): void {
    if (!this.inOrder) for (const [name, tensors] of owners) checkOwner(name, tensors);
    const restored = [...owners].map(([name, tensors]): OwnedSlot<Part> => {
      const moments = this.#build((part) => ownCopy(needed(tensors.get(part))));
      return { name, moments, owner: this.inOrder ? undefined : engine().registeredVariables[name] };
    });
    this.dispose();
    for (const slot of restored) this.#slots.set(slot.name, slot);
  }

  dispose(): void {
    for (const { moments } of this.#slots.values()) dispose({ ...moments });
    this.#slots.clear();
  }

  #slotOf(owner: Variable): Slot<Part> {
    const known = this.#slots.get(owner.name);
    if (known?.owner === owner) return known;
    if (known !== undefined && known.owner === undefined) return Object.assign(known, { owner });
    if (known !== undefined) dispose({ ...known.moments });
    const made = { name: owner.name, moments: this.#build(() => zeros(owner)), owner };
    this.#slots.set(owner.name, made);
    return made;
  }

  #forgetDisposed(): void {
    for (const [name, { owner, moments }] of this.#slots) {
      if (owner === undefined || !owner.isDisposed) continue;
      dispose({ ...moments });
      this.#slots.delete(name);
    }
  }

  /**
   * Gives restored slots to variables: by their names where all are known, otherwise in order. tf.loadLayersModel gives
   * variables other names, and the weights in the order of the variables.
   */
  #adopt(variables: readonly Variable[]): void {
    const restored = [...this.#slots.values()];
    const isKnown = variables.every(({ name }) => this.#slots.has(name));
    if (restored.length > 0 && !isKnown) {
      checkSlots(restored, variables);
      this.#slots.clear();
      for (const [i, owner] of variables.entries()) {
        const slot = restored[i];
        if (slot !== undefined) this.#slots.set(owner.name, { ...slot, name: owner.name, owner });
      }
    }
    this.inOrder = false;
  }
}

function checkSlots(restored: readonly Slot<string>[], variables: readonly Variable[]): void {
  if (restored.length !== variables.length) {
    throw new TapeheadError(
      'argument',
      `gradients: expected those of the ${restored.length} variables whose state the optimizer was loaded with, ` +
        `got ${variables.length}`,
    );
  }
  for (const [i, slot] of restored.entries()) checkSlotShape(slot, variables[i]?.shape ?? []);
}

function checkOwner(name: string, tensors: ReadonlyMap<string, Tensor>): void {
  const { registeredVariables } = engine();
  const owner = Object.hasOwn(registeredVariables, name) ? registeredVariables[name] : undefined;
  if (owner === undefined) {
    throw new TapeheadError('argument', `weights: no variable is named ${textOf(name)}`);
  }
  for (const [part, tensor] of tensors) {
    checkShape(`weight '${name}/${part}'`, tensor, owner.shape, `that of the variable '${name}'`);
  }
}

function checkSlotShape({ name, moments }: Slot<string>, shape: number[]): void {
  for (const [part, tensor] of Object.entries(moments)) {
    if (util.arraysEqual(tensor.shape, shape)) continue;
    checkShape(`weight '${name}/${part}'`, tensor, shape, 'that of the variable');
  }
}

function zeros(like: Tensor): Variable {
  return tidy(() => variable(zerosLike(like), false));
}

/** A copy in a buffer of its own, because the kernel changes it in place: a clone may share that of the caller. */
function ownCopy(tensor: Tensor): Variable {
  return tidy(() => variable(mul(tensor, 1), false));
}

function needed(tensor: Tensor | undefined): Tensor {
  if (tensor === undefined) throw new Error('readWeights checks that every part is there');
  return tensor;
}
