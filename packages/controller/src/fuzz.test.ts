import {
  argument,
  fields,
  fromCore,
  fuzz,
  type Given,
  listOf,
  odds,
  onEachEngine,
  oneOf,
  sizes,
  testEveryExport,
} from '@tapehead/testing';
import { tidy, type Variable } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { registerFused } from './fused.js';
import * as index from './index.js';
import {
  type BuildControllerOptions,
  type BuiltController,
  buildController,
  type ControllerContext,
  type ControllerKind,
  type ControllerSize,
  type ControllerState,
  controllerOfKind,
  type Engine,
  type Floats,
  feedforward,
  glorotUniform,
  initialCell,
  lstm,
  lstmLayer,
  lstmStep,
  type MakeVariable,
  plainVariable,
  seedStream,
} from './index.js';
import { kernelNames } from './testing/kernelNames.js';

const steps = fc
  .record({
    batch: fc.integer({ min: 1, max: 4 }),
    inputs: fc.integer({ min: 1, max: 5 }),
    units: fc.integer({ min: 1, max: 5 }),
  })
  .chain(({ batch, inputs, units }) =>
    fc.tuple(
      argument([batch, inputs], -1),
      fields({ h: argument([batch, units], -1), c: argument([batch, units], -1) }),
      fields({
        kernel: argument([inputs, 4 * units], -1),
        recurrentKernel: argument([units, 4 * units], -1),
        bias: argument([4 * units], -1),
      }),
    ),
  );

const names = ['x', 'cell', 'h', 'c', 'weights', 'kernel', 'recurrentKernel', 'bias'];
const options = fc.oneof(
  oneOf(undefined, {}, { engine: 'auto' }, { engin: 'auto' }, { engine: 'fast' }),
  odds,
);

/** What a net with variables of its own gives; they are disposed. */
function withVariables<T>(build: (variable: MakeVariable) => T): T {
  const made: Variable[] = [];
  try {
    return build((name, initial) => {
      const created = plainVariable(name, initial);
      made.push(created);
      return created;
    });
  } finally {
    for (const each of made) each.dispose();
  }
}

/** One step of a controller of 3 inputs, 4 units and 2 layers. */
const stepOf =
  (kind: 'lstm' | 'feedforward', engine: Engine) =>
  (x: Floats, state: ControllerState): unknown =>
    withVariables((variable) =>
      buildController(3, 4, { kind, layers: 2, seed: 1, engine, variable }).step(x, state),
    );

/** The output of a controller's first step. */
const firstOutput = (build: (variable: MakeVariable) => ReturnType<typeof buildController>, inputs: number) =>
  withVariables((variable) => {
    const controller = build(variable);
    return tidy(() => controller.step([Array(inputs).fill(1)], controller.initialState(1)).output);
  });

const build = (
  inputSize: number,
  controllerSize: number,
  given: BuildControllerOptions | undefined,
): unknown =>
  firstOutput((variable) => buildController(inputSize, controllerSize, spread(given, variable)), inputSize);

/** Options with a way to count their variables, where they are an object. */
const spread = (given: BuildControllerOptions = {}, variable: MakeVariable): BuildControllerOptions =>
  typeof given === 'object' && given !== null && !Array.isArray(given) ? { ...given, variable } : given;

const fromContext =
  (make: (context: ControllerContext, size: ControllerSize) => BuiltController) =>
  (context: ControllerContext, size: ControllerSize): unknown =>
    firstOutput((variable) => {
      const plain = typeof context === 'object' && context !== null && 'variable' in context;
      return make(plain ? { ...context, variable } : context, size);
    }, context?.inputSize);

const contexts = fields({
  inputSize: sizes(1, 3),
  variable: oneOf(plainVariable),
  nextSeed: oneOf(() => 1),
});
const controllerSizes = fc.oneof(
  fields({ controllerSize: sizes(1, 4) }),
  fields({ controllerSize: oneOf(1, 4), layers: sizes(1, 2) }),
);

onEachEngine('whatever a controller is called with', { registerFused, kernelNames }, (engine) => {
  const fused = engine === 'fused';
  const reference: typeof lstmStep = (x, cell, weights) =>
    lstmStep(x, cell, weights, { engine: 'reference' });
  const cells = (batch: number): fc.Arbitrary<Given> =>
    fields({ h: argument([batch, 4], -1), c: argument([batch, 4], -1) });
  fuzz({
    lstmStep: { names, args: steps, call: lstmStep, ...(fused ? { same: reference } : {}) },
    'lstmStep with options': {
      names: [...names, 'engine', 'lstmStep'],
      args: fc.tuple(steps, options).map(([args, option]) => [...args, option]),
      call: lstmStep,
    },
    'a step of lstm': {
      names: ['x', 'state'],
      args: fc
        .integer({ min: 1, max: 3 })
        .chain((batch) => fc.tuple(argument([batch, 3], -1), fields({ cells: listOf(cells(batch), 2) }))),
      call: stepOf('lstm', 'auto'),
      ...(fused ? { same: stepOf('lstm', 'reference') } : {}),
    },
    'a step of feedforward': {
      names: ['x', 'state'],
      args: fc
        .integer({ min: 1, max: 3 })
        .chain((batch) => fc.tuple(argument([batch, 3], -1), fc.oneof(oneOf({}), odds))),
      call: stepOf('feedforward', 'auto'),
    },
    initialCell: {
      names: ['layer', 'h', 'c', 'batch'],
      args: fc.tuple(fields({ h: argument([4]), c: argument([4]) }), sizes(1, 3)),
      call: initialCell,
    },
    initialState: {
      names: ['batch'],
      args: fc.tuple(sizes(1, 3)),
      call: (batch: number) =>
        withVariables((variable) => buildController(3, 4, { layers: 2, variable }).initialState(batch)),
    },
    glorotUniform: {
      names: ['rows', 'columns', 'seed'],
      args: fc.tuple(sizes(1, 3), sizes(1, 4), oneOf(0, 1, Number.NaN, '1')),
      call: glorotUniform,
    },
    plainVariable: {
      names: ['initial'],
      args: fc.tuple(oneOf('a', undefined), argument([2, 3])),
      call: plainVariable,
    },
    seedStream: {
      names: ['seed'],
      args: fc.tuple(sizes(0, 7, -7, 2 ** 53 - 1)),
      call: (seed?: number) => {
        const next = seedStream(seed);
        return [next(), next()];
      },
    },
    lstmLayer: {
      names: ['context', 'inputSize', 'variable', 'nextSeed', 'units'],
      args: fc.tuple(contexts, sizes(1, 4)),
      call: (context: ControllerContext, units: number) => lstmLayer(context, units),
    },
    controllerOfKind: {
      names: [
        'controller',
        'lstm',
        'feedforward',
        'context',
        'inputSize',
        'variable',
        'nextSeed',
        'controllerSize',
        'layers',
      ],
      args: fc.tuple(fc.oneof(oneOf('lstm', 'feedforward', 'gru'), odds), contexts, controllerSizes),
      call: (kind: ControllerKind, context: ControllerContext, size: ControllerSize) =>
        fromContext((given, wanted) => controllerOfKind(kind, given, wanted))(context, size),
    },
    lstm: {
      names: ['context', 'inputSize', 'variable', 'nextSeed', 'controllerSize', 'layers'],
      args: fc.tuple(contexts, controllerSizes),
      call: fromContext(lstm),
    },
    feedforward: {
      names: ['context', 'inputSize', 'variable', 'nextSeed', 'controllerSize', 'layers'],
      args: fc.tuple(contexts, controllerSizes),
      call: fromContext(feedforward),
    },
    buildController: {
      names: [
        'inputSize',
        'controllerSize',
        'controller',
        'layers',
        'activation',
        'seed',
        'variable',
        'engine',
        'lstm',
        'feedforward',
      ],
      args: fc.tuple(
        sizes(1, 3),
        sizes(1, 4),
        fc.oneof(
          oneOf(undefined, {}, { kind: 'gru' }, { layer: 2 }, { engine: 'fast' }),
          fields({ kind: oneOf('lstm', 'feedforward'), layers: sizes(1, 2) }),
          fields({ kind: oneOf('feedforward'), activation: fc.oneof(oneOf('tanh', 'relu'), odds) }),
        ),
      ),
      call: build,
    },
  });
});

testEveryExport({ index }, fromCore);
