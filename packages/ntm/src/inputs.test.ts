import {
  expectClose,
  expectMistakes,
  expectNoLeak,
  onEachBackend,
  onEachEngine,
  testDtypes,
} from '@tapehead/testing';
import {
  add,
  cast,
  concat,
  grad,
  matMul,
  memory,
  mul,
  ones,
  type Rank,
  randomUniform,
  reshape,
  type Scalar,
  scalar,
  slice,
  square,
  sum,
  type Tensor,
  type Tensor3D,
  tanh,
  tensor,
  tidy,
  train,
  variableGrads,
  zeros,
} from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { registerFused } from './fused.js';
import {
  type ControllerFactory,
  LSTMBaseline,
  NTM,
  type NtmOptions,
  type NtmState,
  readHead,
  readHeadSize,
  writeHead,
  writeHeadSize,
} from './index.js';
import { baselineKernelNames, kernelNames } from './testing/kernelNames.js';

const small: NtmOptions = {
  inputSize: 3,
  outputSize: 2,
  memorySize: 8,
  memoryDim: 4,
  controllerSize: 6,
  seed: 1,
};
const baseline = { lstm: baselineKernelNames.forward, lstmBack: baselineKernelNames.backward };
const cost = (logits: Tensor): Scalar => sum(square(logits));
const cube = (shape: [number, number, number], seed = 1): Tensor3D =>
  randomUniform(shape, 0, 1, 'float32', seed);
const flat = (tensor: Tensor) => reshape(tensor, [-1]);
const gone = (): Tensor => {
  const tensor = scalar(1);
  tensor.dispose();
  return tensor;
};
/** What TypeScript would refuse. */
const odd = (value: unknown) => JSON.parse(JSON.stringify(value));
const like = (value: object) => Object.assign(JSON.parse('{}'), value);

/** Keeps a tensor that it made itself, and hands it on in its state. */
const own: ControllerFactory<{ trail: Tensor; table: Tensor }> = ({ inputSize, variable }) => {
  const kernel = variable('kernel', randomUniform([inputSize, 5], -1, 1, 'float32', 3));
  const table = ones([2, 2]);
  return {
    outputSize: 5,
    initialState: (batch) => ({ trail: zeros([batch, 5]), table }),
    step: (x, { trail }) => {
      const output = tidy(() => mul<Tensor<Rank.R2>>(0.5, tanh(add(trail, matMul(x, kernel)))));
      return { output, state: { trail: output, table } };
    },
  };
};

onEachEngine('a net', { registerFused, kernelNames: { ...kernelNames, ...baseline } }, (engine) => {
  const net = (options: Partial<NtmOptions> = {}) => NTM.build({ ...small, ...options });
  const lstm = () => LSTMBaseline.build({ inputSize: 3, outputSize: 2, size: 6, layers: 2, seed: 1 });

  test('runs on this engine', () => {
    expect([net().runsOn, lstm().runsOn]).toEqual([engine, engine]);
  });

  const given = [
    [2, 3, 3],
    [2, 8, 4],
    [2, 1, 8],
    [2, 1, 8],
    [2, 1, 4],
    [2, 6],
    [2, 6],
  ];
  const stateOf = ([m, r, w, reads, h, c]: Tensor[]) => ({
    controller: { cells: [{ h, c }] },
    memory: m ?? gone(),
    readWeights: r ?? gone(),
    writeWeights: w ?? gone(),
    reads: reads ?? gone(),
  });
  testDtypes('sequence, with a state', given, ([x = gone(), ...state]) => {
    const { logits, state: last } = net().sequence(x, { state: like(stateOf(state)) });
    return concat([flat(logits), flat(last.memory)]);
  });
  testDtypes('step', [[2, 3], ...given.slice(1)], ([x = gone(), ...state]) =>
    flat(net().step(x, like(stateOf(state))).output),
  );
  testDtypes(
    'LSTMBaseline',
    [
      [2, 3, 3],
      [2, 6],
      [2, 6],
      [2, 6],
      [2, 6],
    ],
    ([x = gone(), a, b, c, d]) =>
      flat(
        lstm().sequence(x, {
          state: like({
            cells: [
              { h: a, c: b },
              { h: c, c: d },
            ],
          }),
        }).logits,
      ),
  );

  test('takes int32 and arrays in differentiate and with a trace as it takes float32', () => {
    tidy(() => {
      const x = tensor([1, 0, 1, 0, 1, 1], [1, 2, 3], 'int32');
      const floats = tensor([1, 0, 1, 0, 1, 1], [1, 2, 3]);
      for (const made of [net(), lstm()]) {
        const [a, b, c] = [
          x,
          [
            [
              [1, 0, 1],
              [0, 1, 1],
            ],
          ],
          floats,
        ].map((each) => made.differentiate(each, cost));
        for (const [name, each] of Object.entries(c?.grads ?? {})) {
          expect([...(a?.grads[name]?.dataSync() ?? [])]).toEqual([...each.dataSync()]);
          expect([...(b?.grads[name]?.dataSync() ?? [])]).toEqual([...each.dataSync()]);
        }
      }
      const [a, b] = [x, floats].map((each) => net().sequence(each, { trace: true }).trace);
      expectClose(a?.reads ?? [], b?.reads ?? [], 1e-7);
    });
  });

  test('a frozen variable is left out of trainable and of the gradients; all frozen leaves the value', () => {
    tidy(() => {
      for (const made of [net(), lstm()]) {
        const all = Object.entries(made.parameters);
        const [, first] = all[0] ?? [];
        if (first) first.trainable = false;
        expect(Object.keys(made.trainable)).toEqual(all.slice(1).map(([name]) => name));
        const x = cube([1, 3, 3]);
        const { value, grads } = made.differentiate(x, cost);
        expect(Object.keys(grads)).toEqual(all.slice(1).map(([, { name }]) => name));
        for (const [, variable] of all) variable.trainable = false;
        const still = made.differentiate(x, cost);
        expect(still.grads).toEqual({});
        expectClose(still.value, value, 1e-6);
      }
    });
  });

  test('a kept initial memory does not move under an optimizer of tfjs', () => {
    const kept = net({ initialMemory: 'random' });
    expect(Object.keys(kept.trainable)).not.toContain('memory');
    const before = kept.parameters.memory?.dataSync().slice();
    tidy(() => {
      const variables = Object.values(kept.parameters).filter(({ trainable }) => trainable);
      train.sgd(0.5).minimize(() => cost(kept.sequence(cube([1, 3, 3])).logits), false, variables);
    });
    expect(kept.parameters.memory?.dataSync()).toEqual(before);
    expect(kept.parameters.memory?.trainable).toBe(false);
    kept.dispose();
  });

  test('differentiate has zeros where the cost does not depend on a variable, and takes costs of variables too', () => {
    tidy(() => {
      const unused: ControllerFactory = (context) => {
        context.variable('unused', ones([3]));
        return own(context);
      };
      for (const made of [net(), lstm(), net({ controller: unused })]) {
        const penalty = () =>
          Object.values(made.parameters).reduce(
            (total, each) => add<Scalar>(total, sum(square(each))),
            scalar(0),
          );
        const { grads } = made.differentiate(cube([1, 3, 3]), () => penalty());
        expect(Object.keys(grads)).toEqual(Object.values(made.trainable).map(({ name }) => name));
        for (const each of Object.values(made.trainable))
          expectClose(grads[each.name] ?? [], mul(2, each), 1e-5);
        const both = made.differentiate(cube([1, 3, 3]), (logits) =>
          add<Scalar>(cost(logits), penalty()),
        ).grads;
        const alone = made.differentiate(cube([1, 3, 3]), cost).grads;
        for (const each of Object.values(made.trainable))
          expectClose(both[each.name] ?? [], add(mul(2, each), alone[each.name] ?? 0), 1e-4, each.name);
      }
      const { grads } = net({ controller: unused }).differentiate(cube([1, 3, 3]), cost);
      expect(
        Object.values(grads).filter((each) => each.dataSync().every((slope) => slope === 0)),
      ).toHaveLength(1);
    });
  });

  test('a failing cost throws its own error and leaves nothing', () => {
    const [made, x] = [net(), cube([1, 3, 3])];
    const fail = () => {
      expect(() =>
        made.differentiate(x, () => {
          throw new RangeError('mine');
        }),
      ).toThrow(RangeError);
      expect(() => made.differentiate(x, (logits) => odd(logits.shape))).toThrow(
        'cost: expected it to return a scalar',
      );
      expect(() => made.differentiate(x, () => scalar(1))).toThrow(
        'cost: expected a scalar that depends on the logits',
      );
      return [];
    };
    expectNoLeak(() => tidy(fail));
    x.dispose();
    made.dispose();
  });

  test('second-order gradients are refused, not wrong', () => {
    tidy(() => {
      for (const made of [net(), lstm()]) {
        const penalty = (x: Tensor): Scalar =>
          sum(square(grad((at: Tensor) => sum<Scalar>(square(made.sequence(at).output)))(x)));
        expect(() => grad(penalty)(cube([1, 3, 3]))).toThrow(/first-order gradients only/);
        const byState = (x: Tensor): Scalar => sum(square(grad((at: Tensor) => stateSum(made, at))(x)));
        expect(() => grad(byState)(cube([1, 3, 3]))).toThrow(/first-order gradients only/);
      }
    });
  });

  test('a sequence in chunks is the whole one, in value, state and gradients after it, from a state too', () => {
    // A chunk of the forward pass has 18 steps on kernels and 10 on the reference; under a tape it is one.
    const made = net({ memorySize: 4096, memoryDim: 40, initialWeighting: 'together' });
    const before = memory().numTensors;
    tidy(() => {
      const x = cube([1, 20, 3]);
      const { state } = made.sequence(cube([1, 2, 3], 2));
      for (const start of [undefined, state]) {
        const chunked = made.sequence(x, { state: start });
        let whole: Float32Array[] = [];
        const { grads } = variableGrads(
          () => {
            const { logits, state: last } = made.sequence(x, { state: start });
            whole = [logits, last.memory].map((each) => Float32Array.from(each.dataSync()));
            return cost(logits);
          },
          Object.values(made.parameters).slice(0, 3),
        );
        expectClose(chunked.logits, whole[0] ?? [], 1e-5);
        expectClose(chunked.state.memory, whole[1] ?? [], 1e-5);
        expect(Object.keys(grads)).toHaveLength(3);
      }
    });
    expect(memory().numTensors).toBe(before);
    made.dispose();
  });

  const state = () => net().initialState(3);
  const wrong = (change: () => Partial<Record<keyof NtmState, unknown>>) => () =>
    net().sequence(cube([3, 2, 3]), { state: like({ ...state(), ...change() }) });
  const cells = (batch: number, width = 6) => [{ h: zeros([batch, width]), c: zeros([batch, width]) }];
  expectMistakes([
    [
      wrong(() => ({ controller: { cells: cells(1) } })),
      'state.controller.cells[0].h: expected shape [3, 6] (batch, controllerSize), got [1, 6]',
    ],
    [
      wrong(() => ({ controller: { cells: [...cells(3), ...cells(3)] } })),
      'state.controller.cells: expected one for each of 1 layers, as initialState(batch) gives them, got 2',
    ],
    [
      wrong(() => ({ controller: { cells: [{ h: zeros([3, 6]) }] } })),
      'state.controller.cells[0]: expected the h and c of a layer, got an object',
    ],
    [
      wrong(() => ({ memory: gone() })),
      'state.memory: expected a tensor of numbers, got a tensor that was disposed',
    ],
    [wrong(() => ({ reads: undefined })), 'state.reads: expected a tensor of numbers, got undefined'],
    [
      () => net({ controller: 'feedforward' }).step(ones([3, 3]), state()),
      'state.controller: expected {}, because a feed-forward controller has no state, got an object',
    ],
    [
      () => {
        const mine = net({ controller: own });
        mine.step(ones([3, 3]), {
          ...mine.initialState(3),
          controller: { trail: zeros([1, 5]), table: ones([2, 2]) },
        });
      },
      'state.controller.trail: expected 3 sequences along the first axis, as initialState(3) has them, got shape [1, 5]',
    ],
    [
      () =>
        net({ controller: own }).step(ones([3, 3]), {
          ...state(),
          controller: { trail: gone(), table: ones([1]) },
        }),
      'state.controller.trail: expected a tensor, got a tensor that was disposed',
    ],
    [
      () => net().step(ones([3, 3]), odd(null)),
      'state: expected that of a step before, or of initialState(batch), got null',
    ],
    [() => net().sequence(zeros([0, 2, 3])), 'x: expected at least one sequence, got 0'],
    [
      () => NTM.build(odd({ ...small, memorysize: 8 })),
      "NTM.build: unknown option 'memorysize', did you mean 'memorySize'?",
    ],
    [() => NTM.build(odd(null)), 'NTM.build: expected an object of options, got null'],
    [
      () => NTM.build(odd({ ...small, memorySize: '128' })),
      "memorySize: expected an integer of at least 1, got '128'",
    ],
    [
      () => NTM.build(odd({ ...small, memoryDim: null })),
      'memoryDim: expected an integer of at least 1, got null',
    ],
    [() => NTM.build(odd({ ...small, seed: null })), 'seed: expected an integer, got null'],
    [() => net({ layers: 1001 }), 'layers: expected an integer from 1 to 1000, got 1001'],
    [
      () => LSTMBaseline.build(odd({ inputSize: 3, hidden: 4 })),
      "LSTMBaseline.build: unknown option 'hidden'; expected one of 'model', 'inputSize', 'outputSize', 'layers', 'size', 'outputActivation', 'engine', 'seed'",
    ],
    [
      () => net().sequence(cube([1, 2, 3]), odd({ stat: 1 })),
      "sequence: unknown option 'stat', did you mean 'state'?",
    ],
    [
      () => net().sequence(cube([1, 2, 3]), odd({ intervene: { reed: 1 } })),
      "intervene: unknown option 'reed', did you mean 'read'?",
    ],
    [
      () =>
        net().sequence(cube([1, 2, 3]), {
          intervene: { read: (said) => ({ ...said, gate: zeros([1, 2]) }) },
        }),
      'intervene.read: gate: expected shape [1, 1] (as before), got [1, 2]',
    ],
    [
      () => net().sequence(cube([1, 2, 3]), { intervene: { write: () => odd(null) } }),
      'intervene.write: what it returns: expected { key, beta, gate, shift, gamma, erase, add }, got null',
    ],
    [
      () => {
        const made = net();
        made.dispose();
        made.sequence(cube([1, 2, 3]));
      },
      'net: the net was disposed; build another one',
    ],
    [
      () => {
        const made = lstm();
        made.dispose();
        made.initialState(1);
      },
      'net: the net was disposed; build another one',
    ],
    [
      () => net({ controller: () => odd({ outputSize: 3 }) }),
      'controller.initialState: expected a function, got undefined',
    ],
    [() => NTM.build(small, odd(3)), 'variable: expected a function, got 3'],
  ]);

  test('an intervention of int32 and arrays is one of float32', () => {
    tidy(() => {
      const x = cube([1, 2, 3]);
      const shut = (gate: (was: Tensor) => Tensor | number[][]) =>
        net().sequence(x, { intervene: { read: (said) => ({ ...said, gate: gate(said.gate) }) } }).logits;
      const wanted = shut((was) => zeros(was.shape));
      expectClose(
        shut((was) => cast(zeros(was.shape), 'int32')),
        wanted,
        1e-7,
      );
      expectClose(
        shut(() => [[0]]),
        wanted,
        1e-7,
      );
    });
  });

  const huge = { ...small, engine: 'auto' } satisfies NtmOptions;
  const made = { net: () => net(), lstm: () => lstm() };
  const tooLarge: [() => unknown, string][] = [
    [() => NTM.build({ ...huge, memorySize: 1e12 }), 'NTM.build (memorySize 1000000000000'],
    [() => NTM.build({ ...huge, controllerSize: 1e9 }), 'NTM.build ('],
    [() => NTM.build({ ...huge, readHeads: 1e9 }), 'NTM.build ('],
    [
      () => LSTMBaseline.build({ inputSize: 3, size: 1e9 }),
      'LSTMBaseline.build (layers 3, size 1000000000, inputSize 3',
    ],
  ];
  for (const [call, begins] of tooLarge) {
    test(`${begins} … is refused before anything is made`, () => {
      const before = memory();
      expect(call).toThrow(begins);
      expect(call).toThrow(
        /needs \d+(e\+\d+)? MB, and the backend '\w+' has at most \d+ MB .*choose smaller sizes$/,
      );
      expect(memory()).toMatchObject({ numTensors: before.numTensors, numBytes: before.numBytes });
    });
  }

  test('a state that no backend holds is refused, and nothing is kept', () => {
    for (const make of Object.values(made)) {
      const each = make();
      const before = memory();
      expect(() => each.initialState(1e12)).toThrow(
        /^initialState \(batch 1000000000000, .*needs \d+ MB.*take a smaller batch$/,
      );
      expect(memory()).toMatchObject({ numTensors: before.numTensors, numBytes: before.numBytes });
      each.dispose();
    }
  });

  test('a failing build disposes the variables that it made', () => {
    const before = memory().numTensors;
    const failing: ControllerFactory = (context) => {
      context.variable('kernel', ones([2, 2]));
      throw new RangeError('mine');
    };
    expect(() => net({ controller: failing })).toThrow(RangeError);
    expect(memory().numTensors).toBe(before);
  });
});

onEachBackend('heads by themselves', () => {
  const sizes = [[2, 6], [2, 8, 4], [6, readHeadSize(4)], [readHeadSize(4)], [2, 1, 8]];
  testDtypes('readHead', sizes, ([h = gone(), m = gone(), kernel = gone(), bias = gone(), previous]) =>
    flat(readHead(h, m, { kernel, bias, previous }).reads),
  );
  const wider = [[2, 6], [2, 8, 4], [6, writeHeadSize(4)], [writeHeadSize(4)], [2, 1, 8]];
  testDtypes('writeHead', wider, ([h = gone(), m = gone(), kernel = gone(), bias = gone(), previous]) =>
    flat(writeHead(h, m, { kernel, bias, previous }).memory),
  );
  expectMistakes([
    [
      () => readHead(ones([1, 6]), ones([1, 8, 4]), odd(null)),
      'readHead: expected an object of options, got null',
    ],
    [
      () => writeHead(ones([1, 6]), ones([1, 8, 4]), odd({ kernel: [[1]], bias: [1], previos: 1 })),
      "writeHead: unknown option 'previos', did you mean 'previous'?",
    ],
    [
      () => readHead(odd('h'), ones([1, 8, 4]), { kernel: [[1]], bias: [1] }),
      "controllerOut: expected a tensor of numbers, got 'h'",
    ],
    [
      () => readHead(ones([1, 6]), ones([1, 1, 4]), { kernel: [[1]], bias: [1] }),
      'shifts: expected at most one tap for each of the 1 rows of the memory, got 3',
    ],
  ]);

  test('an own controller that hands on a tensor of its own keeps it through many chunks', () => {
    const made = NTM.build({ ...small, memorySize: 4096, memoryDim: 40, controller: own });
    tidy(() => {
      const x = cube([1, 30, 3]);
      const long = made.sequence(x);
      const first = made.sequence(slice(x, [0, 0, 0], [1, 7, 3]));
      const rest = made.sequence(slice(x, [0, 7, 0], [1, 23, 3]), { state: first.state });
      expectClose(concat([first.output, rest.output], 1), long.output, 1e-5);
    });
    made.dispose();
  });
});

function stateSum(net: NTM | LSTMBaseline, x: Tensor): Scalar {
  const { state } = net.sequence(x);
  return sum(square('memory' in state ? state.memory : (state.cells[0]?.h ?? gone())));
}
