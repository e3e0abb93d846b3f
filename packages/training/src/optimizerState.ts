import { type SequenceModel, trainableOf } from './model.js';
import { quoted, refuse, shapeText } from './refuse.js';
import type { OptimizerWeight, TrainingState } from './state.js';
import { checkValues, dtypeOf } from './tensorData.js';

/** What an optimizer of this package remembers of each parameter, and in what order its `getWeights` gives it. */
interface Layout {
  readonly parts: readonly string[];
  /** Running means of squares. */
  readonly squares: string;
  /** All parts of a parameter, then those of the next; or one part of all parameters, then the next part. */
  readonly order: 'by parameter' | 'by part';
}

const layouts: ReadonlyMap<string, Layout> = new Map([
  ['GravesRMSProp', { parts: ['n', 'gBar', 'delta'], squares: 'n', order: 'by parameter' }],
  ['ExactAdam', { parts: ['m', 'v'], squares: 'v', order: 'by part' }],
]);

/** The settings of a net do not say what is frozen. */
const WHERE_FROZEN = '; if the parameter was frozen, set its variable.trainable to false before this';

/** tfjs's own name for the number of updates, its first weight. */
const COUNT = 'iter';
/** tfjs keeps it as an int32. */
const LARGEST_COUNT = 2 ** 31 - 1;

/**
 * The state of an optimizer in the order in which it takes it: by the names, not by the order of the file.
 * @throws TapeheadError `checkpoint` for a tensor that belongs to no parameter of the model, that is missing, of another
 * shape, or of integers; for a mean of squares below 0; for a count that is none
 */
export function weightsFor(model: SequenceModel, state: TrainingState): OptimizerWeight[] {
  const { className, weights } = state.optimizer;
  const layout = layouts.get(className);
  if (layout === undefined) return othersFor(model, weights);
  const { count, slots } = split(weights);
  if (count === undefined) refuse(`it lacks optimizer state '${COUNT}'`);
  checkCount(count, state.step);
  const byOwner = slotsByOwner(model, slots, layout);
  for (const { name, values } of slots.filter(({ part }) => part === layout.squares)) {
    checkValues(`optimizer state ${quoted(name)}`, values, 0);
  }
  return [count, ...inOrder(byOwner, layout)];
}

type Slot = OptimizerWeight & { readonly owner: string; readonly part: string };

function split(weights: readonly OptimizerWeight[]): { count: OptimizerWeight | undefined; slots: Slot[] } {
  const slots = weights.filter(({ name }) => name !== COUNT).map(slotOf);
  return { count: weights.find(({ name }) => name === COUNT), slots };
}

/** `layer/kernel/n` is part `n` of parameter `layer/kernel`. */
function slotOf({ name, shape, values }: OptimizerWeight): Slot {
  const slash = name.lastIndexOf('/');
  return { name, shape, values, owner: name.slice(0, Math.max(0, slash)), part: name.slice(slash + 1) };
}

/** A run counts an update of its optimizer at every step. */
function checkCount({ shape, values }: OptimizerWeight, steps: number): void {
  const what = `optimizer state '${COUNT}'`;
  const [count = Number.NaN] = values;
  if (shape.length > 0 || dtypeOf(values) !== 'I32')
    refuse(`${what}: expected one int32, got ${shapeText(shape)}`);
  if (count < 0 || count > LARGEST_COUNT) refuse(`${what}: expected a count, got ${count}`);
  if (count < steps) refuse(`${what}: ${count} updates are fewer than the ${steps} steps of the run`);
}

/** The parameters that an update changes, and the order in which an optimizer is given all of them. */
function ownersOf(model: SequenceModel): { order: readonly string[]; changed: readonly string[] } {
  const trainable = Object.entries(trainableOf(model));
  const changed = trainable.filter(([, variable]) => variable.trainable).map(([name]) => name);
  // Gradients are an object by the variables' own names, and an object lists names that are integers by their size.
  const byVariable: Record<string, string> = {};
  for (const [name, variable] of trainable) byVariable[variable.name] = name;
  const order = new Set([...Object.values(byVariable), ...Object.keys(model.parameters)]);
  return { order: [...order], changed };
}

/** All or nothing: an optimizer may start with no state at all, but not with that of a few parameters. */
function slotsByOwner(model: SequenceModel, slots: readonly Slot[], { parts }: Layout): Map<string, Slot[]> {
  for (const slot of slots) {
    checkOwner(model, slot);
    if (!parts.includes(slot.part))
      refuse(`optimizer state ${quoted(slot.name)} is none of ${parts.join(', ')}`);
  }
  const { order, changed } = ownersOf(model);
  const has = new Set(slots.length === 0 ? [] : [...changed, ...slots.map(({ owner }) => owner)]);
  const owners = order.filter((name) => has.has(name));
  return new Map(owners.map((name) => [name, slots.filter(({ owner }) => owner === name)]));
}

function inOrder(byOwner: ReadonlyMap<string, readonly Slot[]>, { parts, order }: Layout): OptimizerWeight[] {
  const pick = (owner: string, part: string): OptimizerWeight => {
    const slot = byOwner.get(owner)?.find((each) => each.part === part);
    return slot === undefined
      ? refuse(`it lacks optimizer state ${quoted(`${owner}/${part}`)}${WHERE_FROZEN}`)
      : weightOf(slot);
  };
  const owners = [...byOwner.keys()];
  return order === 'by parameter'
    ? owners.flatMap((owner) => parts.map((part) => pick(owner, part)))
    : parts.flatMap((part) => owners.map((owner) => pick(owner, part)));
}

/**
 * Of another optimizer only this is known: tfjs's take their state by position. Each part stays where it is, and the
 * parameters that it belongs to come in the model's order. What belongs to no parameter stays as it is.
 */
function othersFor(model: SequenceModel, weights: readonly OptimizerWeight[]): OptimizerWeight[] {
  const { order, changed } = ownersOf(model);
  const slots = weights.map(slotOf);
  const count = weights.find(({ name }) => name === COUNT);
  if (count !== undefined) checkCount(count, 0);
  const owned = slots.filter(({ owner }) => Object.hasOwn(model.parameters, owner));
  const parts = new Set(owned.map(({ part }) => part));
  const queues = new Map<string, OptimizerWeight[]>();
  for (const part of parts) {
    const of = slots.filter((slot) => slot.part === part);
    for (const slot of of) checkOwner(model, slot);
    queues.set(part, of.sort((a, b) => order.indexOf(a.owner) - order.indexOf(b.owner)).map(weightOf));
    const missing = changed.find((name) => of.every(({ owner }) => owner !== name));
    if (missing !== undefined)
      refuse(`it lacks optimizer state ${quoted(`${missing}/${part}`)}${WHERE_FROZEN}`);
  }
  return slots.map((slot) => queues.get(slot.part)?.shift() ?? weightOf(slot));
}

function checkOwner({ parameters }: SequenceModel, { name, owner, shape, values }: Slot): void {
  const what = `optimizer state ${quoted(name)}`;
  const parameter = Object.hasOwn(parameters, owner) ? parameters[owner] : undefined;
  if (parameter === undefined) refuse(`${what} belongs to no parameter of the net`);
  if (shape.join() !== parameter.shape.join()) {
    refuse(`${what} has shape ${shapeText(shape)}, the net's has ${shapeText(parameter.shape)}`);
  }
  if (dtypeOf(values) === 'I32') refuse(`${what}: expected floating-point numbers, got int32`);
}

function weightOf({ name, shape, values }: OptimizerWeight): OptimizerWeight {
  return { name, shape, values };
}
