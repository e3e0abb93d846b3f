import {
  argument,
  fields,
  fromCore,
  fuzz,
  type Given,
  odds,
  onEachEngine,
  oneOf,
  sizes,
  testEveryExport,
} from '@tapehead/testing';
import fc from 'fast-check';
import * as dnc from './dnc.js';
import { registerFused } from './fused.js';
import * as index from './index.js';
import {
  address,
  addressingStages,
  circularShift,
  contentAddressing,
  headParameters,
  headSize,
  interpolate,
  sharpen,
} from './index.js';
import * as mann from './mann.js';
import { kernelNames } from './testing/kernelNames.js';

type Args = fc.Arbitrary<readonly Given[]>;

/** The arguments of a call for sizes, of which 0 heads are a single one without its axis. */
const withSizes = (argsOf: (given: Shapes) => fc.Arbitrary<Given>[]): Args =>
  fc
    .record({
      batch: fc.integer({ min: 1, max: 3 }),
      heads: fc.integer({ min: 0, max: 3 }),
      rows: fc.integer({ min: 3, max: 6 }),
      width: fc.integer({ min: 2, max: 4 }),
    })
    .chain(({ batch, heads, rows, width }) => {
      const axis = heads === 0 ? [] : [heads];
      const vectors = (size: number, low = 0): fc.Arbitrary<Given> => argument([batch, ...axis, size], low);
      const scalars = (low: number, high: number): fc.Arbitrary<Given> =>
        fc.oneof(
          argument([batch, ...axis], low, high),
          argument(heads === 0 ? [batch, 1] : [batch, heads], low, high),
          argument([], low, high),
        );
      return fc.tuple(...argsOf({ batch, heads, rows, width, vectors, scalars }));
    });

interface Shapes extends Record<'batch' | 'heads' | 'rows' | 'width', number> {
  readonly vectors: (size: number, low?: number) => fc.Arbitrary<Given>;
  readonly scalars: (low: number, high: number) => fc.Arbitrary<Given>;
}

const headNames = ['key', 'beta', 'gate', 'shift', 'gamma'];

const addressArgs = withSizes(({ batch, rows, width, vectors, scalars }) => [
  fields({
    key: vectors(width, -1),
    beta: scalars(0, 6),
    gate: scalars(0, 1),
    shift: vectors(3),
    gamma: scalars(1, 4),
  }),
  argument([batch, rows, width], -1),
  vectors(rows),
]);

const options = fc.oneof(
  oneOf(undefined, {}, { engine: 'auto' }, { engin: 'auto' }, { engine: 'fast' }, { epsilon: 1e-16 }),
  odds,
);
const sharpening = fc.oneof(oneOf(undefined, {}, { epsilon: 0.5 }, { epsilon: -1 }, { eps: 1 }), odds);

onEachEngine('whatever addressing is called with', { registerFused, kernelNames }, (engine) => {
  const fused = engine === 'fused';
  const reference: typeof address = (head, memory, previous) =>
    address(head, memory, previous, { engine: 'reference' });
  fuzz({
    address: {
      names: [...headNames, 'head', 'memory', 'previous'],
      args: addressArgs,
      call: address,
      ...(fused ? { same: reference } : {}),
    },
    'address with options': {
      names: [...headNames, 'head', 'memory', 'previous', 'engine', 'epsilon', 'address'],
      args: fc.tuple(addressArgs, options).map(([args, option]) => [...args, option]),
      call: address,
    },
    addressingStages: {
      names: [
        ...[...headNames, 'head', 'memory', 'previous', 'circularShift', 'contentAddressing'],
        ...['epsilon', 'addressingStages'],
      ],
      args: fc.tuple(addressArgs, sharpening).map(([args, option]) => [...args, option]),
      call: addressingStages,
    },
    contentAddressing: {
      names: ['key', 'memory', 'beta'],
      args: withSizes(({ batch, rows, width, vectors, scalars }) => [
        vectors(width, -1),
        argument([batch, rows, width], -1),
        scalars(0, 6),
      ]),
      call: contentAddressing,
    },
    interpolate: {
      names: ['gate', 'content', 'previous'],
      args: withSizes(({ rows, vectors, scalars }) => [scalars(0, 1), vectors(rows), vectors(rows)]),
      call: interpolate,
    },
    circularShift: {
      names: ['weights', 'shift'],
      args: withSizes(({ rows, vectors }) => [vectors(rows), vectors(3)]),
      call: circularShift,
    },
    sharpen: {
      names: ['weights', 'gamma', 'epsilon', 'sharpen'],
      args: withSizes(({ rows, vectors, scalars }) => [vectors(rows), scalars(1, 4), sharpening]),
      call: sharpen,
    },
    headParameters: {
      names: ['raw', 'memoryDim', 'shifts', 'keyActivation'],
      args: withSizes(({ batch, heads }) => [argument([batch, (heads + 1) * 10], -3), headOptions(4)]),
      call: headParameters,
    },
    headSize: {
      names: ['memoryDim', 'shifts', 'keyActivation'],
      args: fc.tuple(headOptions(3, 20)),
      // Numbers are not read; a controller of that many is nobody's wish, and no harm.
      call: headSize,
    },
  });
});

function headOptions(...widths: number[]): fc.Arbitrary<Given> {
  return fc.oneof(
    fields({ memoryDim: sizes(...widths), shifts: oneOf(3), keyActivation: oneOf('tanh', 'linear') }),
    fields({ memoryDim: oneOf(...widths), shifts: sizes(3), keyActivation: oneOf('tanh', 'linear', 'relu') }),
    fields({ memoryDim: oneOf(...widths) }),
  );
}

const rowsOf = ({ batch, rows }: Shapes): fc.Arbitrary<Given> => argument([batch, rows]);
const gateOf = ({ batch }: Shapes): fc.Arbitrary<Given> =>
  fc.oneof(argument([batch]), argument([batch, 1]), argument([]));

onEachEngine('whatever the DNC and MANN are called with', { registerFused, kernelNames }, () => {
  fuzz({
    retentionVector: {
      names: ['freeGate', 'readWeights'],
      args: withSizes(({ rows, scalars, vectors }) => [scalars(0, 1), vectors(rows)]),
      call: dnc.retentionVector,
    },
    updateUsage: {
      names: ['usage', 'writeWeights', 'retention'],
      args: withSizes((given) => [rowsOf(given), rowsOf(given), rowsOf(given)]),
      call: dnc.updateUsage,
    },
    allocationWeighting: {
      names: ['usage'],
      args: withSizes((given) => [rowsOf(given)]),
      call: dnc.allocationWeighting,
    },
    writeWeighting: {
      names: ['writeGate', 'allocationGate', 'allocation', 'content'],
      args: withSizes((given) => [gateOf(given), gateOf(given), rowsOf(given), rowsOf(given)]),
      call: dnc.writeWeighting,
    },
    updatePrecedence: {
      names: ['precedence', 'writeWeights'],
      args: withSizes((given) => [rowsOf(given), rowsOf(given)]),
      call: dnc.updatePrecedence,
    },
    updateLinks: {
      names: ['links', 'precedence', 'writeWeights'],
      args: withSizes((given) => [
        argument([given.batch, given.rows, given.rows]),
        rowsOf(given),
        rowsOf(given),
      ]),
      call: dnc.updateLinks,
    },
    forwardWeighting: {
      names: ['links', 'readWeights'],
      args: withSizes(({ batch, rows, vectors }) => [argument([batch, rows, rows]), vectors(rows)]),
      call: dnc.forwardWeighting,
    },
    backwardWeighting: {
      names: ['links', 'readWeights'],
      args: withSizes(({ batch, rows, vectors }) => [argument([batch, rows, rows]), vectors(rows)]),
      call: dnc.backwardWeighting,
    },
    readWeighting: {
      names: ['modes', 'backward', 'content', 'forward'],
      args: withSizes(({ rows, vectors }) => [vectors(3), vectors(rows), vectors(rows), vectors(rows)]),
      call: dnc.readWeighting,
    },
    leastUsedWeighting: {
      names: ['usage', 'count'],
      args: withSizes((given) => [rowsOf(given), sizes(1, 2, 3)]),
      call: mann.leastUsedWeighting,
    },
    'updateUsage of MANN': {
      names: ['usage', 'readWeights', 'writeWeights', 'decay'],
      args: withSizes((given) => [
        rowsOf(given),
        given.vectors(given.rows),
        given.vectors(given.rows),
        sizes(0, 0.5, 1),
      ]),
      call: mann.updateUsage,
    },
    'writeWeighting of MANN': {
      names: ['gate', 'readWeights', 'leastUsed'],
      args: withSizes((given) => [given.scalars(0, 1), given.vectors(given.rows), rowsOf(given)]),
      call: mann.writeWeighting,
    },
  });
});

testEveryExport({ index, dnc, mann }, fromCore);
