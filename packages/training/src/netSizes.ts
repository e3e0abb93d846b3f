import { isRecord, quoted, refuse, shapeText, show } from './refuse.js';
import type { StoredTensor } from './tensorData.js';

/**
 * The nets of @tapehead/ntm, as far as their sizes go: a file is refused whose settings describe another net than its
 * parameters are, before someone builds it from the settings. `netSizes.test.ts` compares this with the nets themselves.
 */

type Settings = Readonly<Record<string, unknown>>;
type Sizes = (name: string) => number;
type Named = [name: string, shape: readonly number[]];

interface Kind {
  readonly sizes: readonly string[];
  /** Whether `build` of this kind takes the settings. */
  takes(settings: Settings): boolean;
  /** Parameters that no other net has. */
  readonly marks: readonly string[];
  shapes(size: Sizes, settings: Settings): Generator<Named>;
  /** A parameter of the layer after the last one. */
  next(layers: number): string;
}

const ntm: Kind = {
  next: (layers) => `controller.${layers}.kernel`,
  sizes: [
    'inputSize',
    'outputSize',
    'memorySize',
    'memoryDim',
    'controllerSize',
    'readHeads',
    'writeHeads',
    'layers',
    'shifts',
  ],
  takes: (settings) =>
    !Object.hasOwn(settings, 'model') && ['lstm', 'feedforward', 'own'].includes(String(settings.controller)),
  marks: ['headKernel', 'readWeightLogits', 'writeWeightLogits'],
  *shapes(size, { controller, initialWeighting }) {
    const [rows, width, taps] = [size('memorySize'), size('memoryDim'), size('shifts')];
    const [readHeads, writeHeads] = [size('readHeads'), size('writeHeads')];
    const [units, outputSize] = [size('controllerSize'), size('outputSize')];
    const raw = readHeads * (width + taps + 3) + writeHeads * (3 * width + taps + 3);
    yield ['memory', [rows, width]];
    if (initialWeighting !== 'zero') {
      yield ['readWeightLogits', [readHeads, rows]];
      yield ['writeWeightLogits', [writeHeads, rows]];
    }
    yield ['reads', [readHeads, width]];
    yield ['headBias', [raw]];
    yield ['outputBias', [outputSize]];
    if (controller === 'own') return;
    yield ['headKernel', [units, raw]];
    yield ['outputKernel', [units + readHeads * width, outputSize]];
    const inputSize = size('inputSize') + readHeads * width;
    for (let l = 0; l < size('layers'); l++) {
      const below = l === 0 ? inputSize : units;
      if (controller === 'lstm') yield* lstm(`controller.${l}.`, below, units);
      else
        yield* [
          [`controller.${l}.kernel`, [below, units]],
          [`controller.${l}.bias`, [units]],
        ] satisfies Named[];
    }
  },
};

const baseline: Kind = {
  next: (layers) => `layers.${layers}.kernel`,
  sizes: ['inputSize', 'outputSize', 'layers', 'size'],
  takes: ({ model }) => model === 'lstm',
  marks: ['layers.0.recurrentKernel', 'outputKernel'],
  *shapes(size) {
    const [inputSize, outputSize, units] = [size('inputSize'), size('outputSize'), size('size')];
    yield ['outputKernel', [size('layers') * units, outputSize]];
    yield ['outputBias', [outputSize]];
    for (let l = 0; l < size('layers'); l++) {
      yield* lstm(`layers.${l}.`, l === 0 ? inputSize : inputSize + units, units);
    }
  },
};

function* lstm(prefix: string, inputSize: number, units: number): Generator<Named> {
  yield [`${prefix}kernel`, [inputSize, 4 * units]];
  yield [`${prefix}recurrentKernel`, [units, 4 * units]];
  yield [`${prefix}bias`, [4 * units]];
  yield [`${prefix}h`, [units]];
  yield [`${prefix}c`, [units]];
}

/**
 * Compares the sizes that the settings of a net name with the shapes of its parameters. Settings of another net than
 * those of @tapehead/ntm pass.
 * @throws TapeheadError `checkpoint` that names the size, or the parameter and both shapes
 */
export function checkSizes(settings: Settings, parameters: Readonly<Record<string, StoredTensor>>): void {
  const kind = [ntm, baseline].find((each) => isOf(each, settings, parameters));
  if (kind === undefined) return;
  let room = Object.values(parameters).reduce((sum, { values }) => sum + values.length, 0);
  for (const name of kind.sizes) checkSize(name, settings[name], room);
  for (const [name, shape] of kind.shapes((size) => Number(settings[size]), settings)) {
    const stored = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    if (stored !== undefined && stored.shape.join() !== shape.join()) {
      refuse(
        `model: its settings want parameter ${quoted(name)} of ${shapeText(shape)}, it is ${shapeText(stored.shape)}`,
      );
    }
    room -= shape.reduce((product, size) => product * size, 1);
    if (room < 0) refuse('model: its settings are those of a larger net than its parameters');
  }
  const next = kind.next(Number(settings.layers));
  if (settings.controller !== 'own' && Object.hasOwn(parameters, next)) {
    refuse(
      `model: its settings have ${settings.layers} layers, its parameter ${quoted(next)} is of one more`,
    );
  }
}

function isOf({ sizes, takes, marks }: Kind, settings: Settings, parameters: object): boolean {
  const hasAll = (names: readonly string[], of: object) => names.every((name) => Object.hasOwn(of, name));
  return isRecord(settings) && takes(settings) && (hasAll(sizes, settings) || hasAll(marks, parameters));
}

/** The shapes of a controller that is not known here are not known either; no size is larger than all of them together. */
function checkSize(name: string, value: unknown, most: number): void {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1) {
    refuse(`model.${name}: expected an integer of at least 1, got ${show(value)}`);
  }
  if (value > most) refuse(`model.${name}: ${value} is more than all ${most} values of its parameters`);
}
