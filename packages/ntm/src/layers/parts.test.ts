import { contentAddressing as contentWeights } from '@tapehead/addressing';
import { lstmStep } from '@tapehead/controller';
import { expectClose, expectMistakes, expectTooLarge, onEachBackend } from '@tapehead/testing';
import { cast, io, mean, ones, randomNormal, Tensor, tidy, tile, zeros } from '@tensorflow/tfjs-core';
import {
  input,
  type LayersModel,
  layers,
  loadLayersModel,
  model as modelOf,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import { expect, test } from 'vitest';
import { readHead as readStep, writeHead as writeStep } from '../index.js';
import {
  buildController,
  ContentAddressing,
  contentAddressing,
  InitialRead,
  LstmController,
  ReadHead,
  readHead,
  WriteHead,
  writeHead,
} from '../layers.js';

const sizes = { memorySize: 6, memoryDim: 4 };
const normal = (shape: number[], seed: number) => randomNormal(shape, 0, 1, 'float32', seed);

/** The inputs of a head, and numbers for them. */
const controllerOut = () => input({ shape: [5] });
const memory = () => input({ shape: [6, 4] });
const numbers = () => ({ h: normal([2, 5], 1), rows: normal([2, 6, 4], 2) });

function tensorsOf(given: unknown): Tensor[] {
  const list: unknown[] = Array.isArray(given) ? given : [given];
  return list.map((each) => {
    if (each instanceof Tensor) return each;
    throw new Error('expected tensors');
  });
}

const call = (model: LayersModel, ...given: Tensor[]): Tensor[] => tensorsOf(model.apply(given));

/** The kernel and the bias of a layer that a symbolic tensor comes from. */
function weightsOf({ sourceLayer }: SymbolicTensor): { kernel: Tensor; bias: Tensor } {
  const [kernel, bias] = sourceLayer.getWeights();
  if (kernel && bias) return { kernel, bias };
  throw new Error('a head has two weights');
}

onEachBackend('the parts of the original as functions of symbolic tensors', () => {
  test('readHead: all four stages and the read, with the numbers of readHead of the net', () => {
    tidy(() => {
      const [h, m] = [controllerOut(), memory()];
      const read = readHead(h, m, { ...sizes, name: 'r', seed: 1 });
      expect(read.shape).toEqual([null, 4]);
      const numbersOf = numbers();
      const [got] = call(modelOf({ inputs: [h, m], outputs: read }), numbersOf.h, numbersOf.rows);
      const wanted = readStep(numbersOf.h, numbersOf.rows, {
        ...weightsOf(read),
        keyAndAddActivation: 'linear',
      });
      expectClose(got ?? [], wanted.reads, 1e-6);
      expect(got?.shape).toEqual([2, 4]);
    });
  });

  test('writeHead: all four stages, erase and add, with the numbers of writeHead of the net', () => {
    tidy(() => {
      const [h, m] = [controllerOut(), memory()];
      const written = writeHead(h, m, { ...sizes, name: 'w', seed: 1, keyAndAddActivation: 'tanh' });
      expect(written.shape).toEqual([null, 6, 4]);
      const numbersOf = numbers();
      const [got] = call(modelOf({ inputs: [h, m], outputs: written }), numbersOf.h, numbersOf.rows);
      expectClose(got ?? [], writeStep(numbersOf.h, numbersOf.rows, weightsOf(written)).memory, 1e-6);
    });
  });

  test('heads go on from the weights before, and return their own', () => {
    tidy(() => {
      const [h, m, previous] = [controllerOut(), memory(), input({ shape: [6] })];
      const options = { previous, outputs: 'result-and-weights', shifts: 5 } as const;
      const { h: hs, rows } = numbers();
      const before = ones([2, 1, 6]);
      for (const [head, step] of [
        [readHead, readStep],
        [writeHead, writeStep],
      ] as const) {
        const [result, weights] = head(h, m, options);
        expect(weights.shape).toEqual([null, 6]);
        const model = modelOf({ inputs: [h, m, previous], outputs: [result, weights] });
        const [, got] = call(model, hs, rows, zeros([2, 6]));
        const other = { ...weightsOf(result), shifts: 5, keyAndAddActivation: 'linear' } as const;
        expectClose(got ?? [], step(hs, rows, { ...other, previous: zeros([2, 1, 6]) }).weights, 1e-6);
        const [, later] = call(model, hs, rows, ones([2, 6]));
        expectClose(later ?? [], step(hs, rows, { ...other, previous: before }).weights, 1e-6);
      }
    });
  });

  test('numHeads makes several heads that act together, with an axis of heads', () => {
    tidy(() => {
      const [h, m] = [controllerOut(), memory()];
      const [read, weights] = readHead(h, m, { numHeads: 3, outputs: 'result-and-weights' });
      const [written] = writeHead(h, m, { numHeads: 3, outputs: 'result-and-weights' });
      expect([read, weights, written].map(({ shape }) => shape)).toEqual([
        [null, 3, 4],
        [null, 3, 6],
        [null, 6, 4],
      ]);
      const { h: hs, rows } = numbers();
      const [gotReads, gotRows] = call(modelOf({ inputs: [h, m], outputs: [read, written] }), hs, rows);
      const linear = { keyAndAddActivation: 'linear' } as const;
      expectClose(gotReads ?? [], readStep(hs, rows, { ...weightsOf(read), ...linear }).reads, 1e-6);
      expectClose(gotRows ?? [], writeStep(hs, rows, { ...weightsOf(written), ...linear }).memory, 1e-6);
    });
  });

  test('each call makes a layer with weights of its own, named by `name`', () => {
    const [h, m] = [controllerOut(), memory()];
    const named = readHead(h, m, { name: 'mine' });
    expect(named.sourceLayer.name).toBe('mine');
    expect(named.sourceLayer.weights.map(({ originalName }) => originalName)).toEqual([
      'mine/kernel',
      'mine/bias',
    ]);
    const unnamed = [readHead(h, m), readHead(h, m), writeHead(h, m)].map(
      ({ sourceLayer }) => sourceLayer.name,
    );
    expect(new Set(unnamed).size).toBe(3);
    const [first, second] = [readHead(h, m), readHead(h, m)].map((each) => weightsOf(each).kernel.dataSync());
    expect(first).not.toEqual(second);
  });

  test('buildController: a step of an LSTM from zeros, or from a state', () => {
    tidy(() => {
      const [u, h, c] = [input({ shape: [7] }), input({ shape: [5] }), input({ shape: [5] })];
      const fresh = buildController(u, 5, { seed: 1 });
      expect(fresh.shape).toEqual([null, 5]);
      const [us, hs, cs] = [normal([2, 7], 1), normal([2, 5], 2), normal([2, 5], 3)];
      const weights = (of: SymbolicTensor) => {
        const [kernel, recurrentKernel, bias] = of.sourceLayer.getWeights();
        if (!kernel || !recurrentKernel || !bias) throw new Error('an LSTM has three weights');
        return { kernel, recurrentKernel, bias };
      };
      const [first] = call(modelOf({ inputs: u, outputs: fresh }), us);
      const zero = { h: zeros([2, 5]), c: zeros([2, 5]) };
      expectClose(first ?? [], lstmStep(us, zero, weights(fresh)).h, 1e-6);

      const [nextH, nextC] = buildController(u, 5, { state: [h, c], outputs: 'output-and-state' });
      const later = call(modelOf({ inputs: [u, h, c], outputs: [nextH, nextC] }), us, hs, cs);
      const wanted = lstmStep(us, { h: hs, c: cs }, weights(nextH));
      expectClose(later[0] ?? [], wanted.h, 1e-6);
      expectClose(later[1] ?? [], wanted.c, 1e-6);
      expect(buildController(u).shape).toEqual([null, 256]);
    });
  });

  test('contentAddressing: symbolic tensors as well as tensors', () => {
    tidy(() => {
      const given = [normal([2, 4], 1), normal([2, 6, 4], 2), ones([2, 1])] as const;
      const wanted = contentWeights(...given);
      expect(contentAddressing(...given).dataSync()).toEqual(wanted.dataSync());
      const [key, rows, beta] = [input({ shape: [4] }), memory(), input({ shape: [1] })];
      const weights = contentAddressing(key, rows, beta);
      expect(weights.shape).toEqual([null, 6]);
      const [got] = call(modelOf({ inputs: [key, rows, beta], outputs: weights }), ...given);
      expect(got?.dataSync()).toEqual(wanted.dataSync());
      const heads = contentAddressing(input({ shape: [3, 4] }), rows, input({ shape: [3] }), {
        name: 'three',
      });
      expect(heads.shape).toEqual([null, 3, 6]);
    });
  });

  test('a net that is wired by hand from the functions is saved and loaded whole', async () => {
    const [x, m] = [input({ shape: [3] }), memory()];
    const reads = layers.flatten().apply(new InitialRead().apply(m));
    if (reads instanceof Tensor || Array.isArray(reads)) throw new Error('one symbolic tensor');
    const joined = layers.concatenate().apply([x, reads]);
    if (joined instanceof Tensor || Array.isArray(joined)) throw new Error('one symbolic tensor');
    const h = buildController(joined, 5);
    const written = writeHead(h, m, { ...sizes, keyAndAddActivation: 'tanh' });
    const read = readHead(h, written, { shifts: 5, outputs: 'result' });
    const model = modelOf({ inputs: [x, m], outputs: [read, written] });
    const artifacts = await new Promise<io.ModelArtifacts>((resolve) => {
      void model.save(
        io.withSaveHandler(async (given) => {
          resolve(given);
          return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
        }),
      );
    });
    const loaded = await loadLayersModel(io.fromMemory(artifacts));
    tidy(() => {
      const given = [normal([2, 3], 1), numbers().rows];
      const [got, wanted] = [call(loaded, ...given), call(model, ...given)];
      expect(got.map((each) => each.dataSync())).toEqual(wanted.map((each) => each.dataSync()));
    });
    model.dispose();
    loaded.dispose();
  });

  test('a head works on a memory of any number of rows', () => {
    tidy(() => {
      const [h, m] = [controllerOut(), input({ shape: [null, 4] })];
      const [read, weights] = readHead(h, m, { outputs: 'result-and-weights' });
      expect(weights.shape).toEqual([null, null]);
      const model = modelOf({ inputs: [h, m], outputs: [read, weights] });
      const shapes = [6, 60].map((rows) =>
        call(model, normal([2, 5], 1), normal([2, rows, 4], 2)).map(({ shape }) => shape),
      );
      expect(shapes).toEqual([
        [
          [2, 4],
          [2, 6],
        ],
        [
          [2, 4],
          [2, 60],
        ],
      ]);
    });
  });

  test('layers take tensors of any number type', () => {
    tidy(() => {
      const given = [normal([2, 5], 1), normal([2, 6, 4], 2)].map((each) => cast(each, 'int32'));
      for (const layer of [new ReadHead({ seed: 1 }), new WriteHead({ seed: 1 })]) {
        const wanted = tensorsOf(layer.apply(given.map((each) => cast(each, 'float32'))));
        expect(tensorsOf(layer.apply(given))[0]?.dataSync()).toEqual(wanted[0]?.dataSync());
      }
      const rows = numbers().rows;
      const [reads] = tensorsOf(new InitialRead({ numHeads: 2 }).apply(rows));
      expectClose(reads ?? [], tile(mean(rows, 1, true), [1, 2, 1]), 1e-6);
    });
  });
});

onEachBackend('mistakes with the functions of the original', () => {
  const odd = (value: unknown) => JSON.parse(JSON.stringify(value));
  const any = (given: unknown) => Object.assign(JSON.parse('{}'), { given }).given;
  const symbolic = 'a symbolic tensor, as tf.input({ shape }) or a layer gives it';
  expectMistakes([
    [
      () => readHead(any(zeros([2, 5])), memory()),
      `controllerOut: expected ${symbolic}, got a tensor of shape [2,5]; for tensors call new ReadHead(options).apply([controllerOut, memory])`,
    ],
    [
      () => writeHead(controllerOut(), any(zeros([2, 6, 4]))),
      `memory: expected ${symbolic}, got a tensor of shape [2,6,4]; for tensors call new WriteHead(options).apply([controllerOut, memory])`,
    ],
    [
      () => buildController(any(96), 256),
      `input: expected ${symbolic}, got 96; for tensors call new LstmController({ controllerSize }).apply(input)`,
    ],
    [
      () => buildController(any({ sourceLayer: {}, nodeIndex: 0 })),
      `input: expected ${symbolic}, got a symbolic tensor; it is of another copy of @tensorflow/tfjs-layers`,
    ],
    [
      () => contentAddressing(input({ shape: [4] }), memory(), any(1)),
      `beta: expected ${symbolic}, got 1; pass three symbolic tensors or three tensors`,
    ],
    [
      () => readHead(controllerOut(), memory(), { ...sizes, memoryDim: 5 }),
      'memory: expected shape [batch, 6, 5], got [null, 6, 4]',
    ],
    [
      () => writeHead(controllerOut(), memory(), { memorySize: 7 }),
      'memory: expected shape [batch, 7, memoryDim], got [null, 6, 4]',
    ],
    [
      () => readHead(input({ shape: [2, 5] }), memory()),
      'controllerOut: expected shape [batch, controllerSize], got [null, 2, 5]',
    ],
    [
      () => readHead(controllerOut(), memory(), { previous: input({ shape: [5] }) }),
      'previous: expected shape [batch, 6], got [null, 5]',
    ],
    [
      () => readHead(controllerOut(), memory(), odd({ memroySize: 6 })),
      "readHead: unknown option 'memroySize', did you mean 'memorySize'?",
    ],
    [
      () => readHead(controllerOut(), memory(), any(null)),
      'readHead: expected an object of options, got null',
    ],
    [
      () => writeHead(controllerOut(), memory(), odd({ name: 3 })),
      'name: expected the name of a layer, got 3',
    ],
    [
      () => readHead(controllerOut(), memory(), { shifts: 4 }),
      'shifts: expected an odd number of taps, got 4',
    ],
    [
      () => readHead(controllerOut(), memory(), { shifts: 7 }),
      'shifts: expected at most one tap for each of the 6 rows of the memory, got 7',
    ],
    [
      () => readHead(controllerOut(), memory(), { numHeads: 0 }),
      'numHeads: expected an integer of at least 1, got 0',
    ],
    [
      () => readHead(controllerOut(), memory(), odd({ outputs: 'all' })),
      "outputs: expected one of 'result', 'result-and-weights', got 'all'",
    ],
    [
      () => buildController(input({ shape: [7] }), 5, odd({ state: 3 })),
      'state: expected [h, c] of the step before, got 3',
    ],
    [
      () => buildController(input({ shape: [7] }), 0),
      'controllerSize: expected an integer of at least 1, got 0',
    ],
    [
      () => contentAddressing(input({ shape: [5] }), memory(), input({ shape: [1] })),
      'memory: expected shape [batch, memorySize, 5], got [null, 6, 4]',
    ],
    [
      () => Reflect.apply(contentAddressing, undefined, [zeros([2, 4]), zeros([2, 6, 4]), 1, { name: 'x' }]),
      'options: expected none for tensors, because no layer is made, got an object',
    ],
    [
      () => new ReadHead().apply([zeros([2, 5]), zeros([3, 6, 4])]),
      'controllerOut: expected shape [3, controllerSize] (batch 3 of the memory), got [2, 5]',
    ],
    [
      () => new ReadHead().apply(zeros([2, 5])),
      'readHead: expected 2 or 3 inputs (controllerOut, memory, previous), got 1',
    ],
    [
      () => new LstmController({ controllerSize: 3 }).apply([zeros([2, 5]), zeros([2, 3])]),
      'buildController: expected 1 or 3 inputs (input, h, c), got 2',
    ],
    [
      () => new ContentAddressing().apply(zeros([2, 5])),
      'contentAddressing: expected 3 inputs (key, memory, beta), got 1',
    ],
    [
      () => new InitialRead().apply(zeros([2, 5])),
      'memory: expected shape [batch, memorySize, memoryDim], got [2, 5]',
    ],
  ]);
  expectTooLarge([
    [
      () => readHead(controllerOut(), memory(), { numHeads: 1e12 }),
      'readHead (controllerSize 5, numHeads 1000000000000',
    ],
    [
      () => buildController(input({ shape: [7] }), 1e9),
      'buildController (inputSize 7, controllerSize 1000000000)',
    ],
  ]);
});
