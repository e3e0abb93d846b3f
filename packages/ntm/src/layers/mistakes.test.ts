import { expectMistakes, onEachBackend } from '@tapehead/testing';
import { ones, zeros } from '@tensorflow/tfjs-core';
import { input, layers, sequential } from '@tensorflow/tfjs-layers';
import { buildController, contentAddressing, NTM, readHead, writeHead } from '../index.js';
import { build, fromNtm, initialState } from '../layers.js';

const small = { inputSize: 3, memorySize: 6, memoryDim: 4, controllerSize: 5, seed: 1 } as const;

onEachBackend('mistakes with the model of one step', () => {
  const odd = (value: unknown) => JSON.parse(JSON.stringify(value));
  const any = (given: unknown) => Object.assign(JSON.parse('{}'), { given }).given;
  const withState = () => build({ ...small, outputs: 'output-and-state' });
  expectMistakes([
    [() => build(any(undefined)), 'build: expected an object of options, got undefined'],
    [() => build(odd({})), 'inputSize: expected an integer of at least 1, got undefined'],
    [() => build(odd({ input_size: 3 })), "build: unknown option 'input_size', did you mean 'inputSize'?"],
    [
      () => build(odd({ ...small, memroySize: 3 })),
      "build: unknown option 'memroySize', did you mean 'memorySize'?",
    ],
    [() => build({ ...small, memorySize: 0 }), 'memorySize: expected an integer of at least 1, got 0'],
    [() => build({ ...small, numHeads: 1.5 }), 'numHeads: expected an integer of at least 1, got 1.5'],
    [() => build({ ...small, shifts: 7 }), 'shifts: expected at most memorySize 6 taps, got 7'],
    [
      () => build(odd({ ...small, outputs: 'state' })),
      "outputs: expected one of 'output', 'output-and-state', got 'state'",
    ],
    [
      () => build({ ...small, order: 'read-first' }),
      "order: 'read-first' reads nothing of what it writes; with it pass outputs: 'output-and-state'",
    ],
    [
      () => build(odd({ ...small, initialMemory: 'random' })),
      'initialMemory: not supported by build of @tapehead/ntm/layers; call NTM.build, or connect readHead and writeHead yourself',
    ],
    [
      () => build(odd({ ...small, clipHeads: 3, headInput: 'cell' })),
      'headInput: not supported by build of @tapehead/ntm/layers; call NTM.build, or connect readHead and writeHead yourself',
    ],
    [
      () => build(odd({ ...small, order: 'in-turn' })),
      "order: expected one of 'write-first', 'read-first', got 'in-turn'",
    ],
    [() => build({ ...small, sharpenEpsilon: 2 }), 'sharpenEpsilon: expected a number from 0 to 1, got 2'],
    [
      () => fromNtm(NTM.build({ ...small, order: 'in-turn' })),
      "ntm: expected a net that build of @tapehead/ntm/layers can make, got one with order 'in-turn'",
    ],
    [
      () => fromNtm(NTM.build({ ...small, clipLogits: 5 })),
      'ntm: expected a net that build of @tapehead/ntm/layers can make, got one with clipLogits 5',
    ],
    [() => build({ ...small, name: '' }), "name: expected the name of a layer, got ''"],
    [
      () => initialState(build(small), zeros([2, 6, 4])),
      "model: expected one of build({ outputs: 'output-and-state' }), got one with the inputs input, memory",
    ],
    [
      () =>
        initialState(
          sequential({ layers: [layers.dense({ units: 1, inputShape: [2], name: 'd' })] }),
          zeros([2]),
        ),
      "model: expected one of build({ outputs: 'output-and-state' }), got an object",
    ],
    [
      () => initialState(any(null), zeros([2, 6, 4])),
      "model: expected one of build({ outputs: 'output-and-state' }), got null",
    ],
    [
      () => initialState(withState(), zeros([2, 6, 5])),
      'memory: expected shape [batch, 6, 4] (those of the model), got [2, 6, 5]',
    ],
    [() => fromNtm(any(3)), 'ntm: expected a net of NTM.build, got 3'],
    [
      () => fromNtm(NTM.build({ ...small, controller: 'feedforward' })),
      "ntm: expected a net that build of @tapehead/ntm/layers can make, got one with controller 'feedforward'",
    ],
    [
      () =>
        fromNtm(
          NTM.build({
            ...small,
            controller: ({ inputSize, variable }) => buildController(inputSize, 5, { variable }),
          }),
        ),
      "ntm: expected a net that build of @tapehead/ntm/layers can make, got one with controller 'own'",
    ],
    [
      () => fromNtm(NTM.build(small), odd({ output: 1 })),
      "fromNtm: unknown option 'output', did you mean 'outputs'?",
    ],
    [
      () => {
        const ntm = NTM.build(small);
        ntm.dispose();
        fromNtm(ntm);
      },
      'net: the net was disposed; build another one',
    ],
  ]);
});

onEachBackend('calls of the original to the functions of the package itself', () => {
  const called = (call: (...args: never[]) => unknown, ...args: unknown[]) =>
    Reflect.apply(call, undefined, args);
  const on = (ntm: NTM, method: 'step' | 'sequence', ...args: unknown[]) =>
    Reflect.apply(ntm[method], ntm, args);
  const step = (...args: unknown[]) => on(NTM.build(small), 'step', ...args);
  const [h, rows] = [() => ones([2, 5]), () => ones([2, 6, 4])];
  const symbolic = () => input({ shape: [5] });
  expectMistakes([
    [
      () => step(ones([2, 3]), rows()),
      'state: expected that of a step before, or of initialState(batch), got a tensor of shape [2,6,4]; for a memory of ' +
        'your own pass { ...initialState(batch), memory }',
    ],
    [
      () => step(ones([2, 3])),
      'state: expected that of a step before, or of initialState(batch), got undefined',
    ],
    [
      () => step(ones([2, 3]), { memory: rows() }),
      'state.readWeights: expected it beside the other parts; complete a state with { ...initialState(batch), ...state }',
    ],
    [
      () => on(NTM.build(small), 'sequence', ones([2, 5, 3]), rows()),
      'sequence: expected an object of options, got a tensor of shape [2,6,4]',
    ],
    [() => step(input({ shape: [3] })), 'x: expected a tensor of numbers, got a symbolic tensor'],
    [
      () => called(readHead, h(), rows()),
      'readHead: expected options with kernel and bias, got undefined; for a head with weights of its own call readHead of ' +
        '@tapehead/ntm/layers',
    ],
    [
      () => called(readHead, h(), rows(), { memorySize: 6, memoryDim: 4, name: 'r' }),
      "readHead: expected options with kernel and bias, got the option 'memorySize'; for a head with weights of its own call " +
        'readHead of @tapehead/ntm/layers',
    ],
    [
      () => called(writeHead, h(), rows(), { name: 'w' }),
      "writeHead: expected options with kernel and bias, got the option 'name'; for a head with weights of its own call " +
        'writeHead of @tapehead/ntm/layers',
    ],
    [
      () => called(writeHead, symbolic(), input({ shape: [6, 4] })),
      'controllerOut: expected a tensor of numbers, got a symbolic tensor; for those call writeHead of @tapehead/ntm/layers',
    ],
    [
      () => called(buildController, symbolic(), 5),
      'inputSize: expected the width of the input, got a symbolic tensor; pass the input to step(x, state) of the controller, ' +
        'and a symbolic tensor to buildController of @tapehead/ntm/layers',
    ],
    [
      () => called(contentAddressing, input({ shape: [4] }), rows(), 1),
      'key: expected a tensor of numbers, got a symbolic tensor',
    ],
  ]);
});
