import { gradientsOf, onEachBackend } from '@tapehead/testing';
import {
  cast,
  engine,
  getBackend,
  grad,
  memory,
  mul,
  type NamedTensorMap,
  ones,
  setBackend,
  square,
  sum,
  type Tensor,
  type Tensor3D,
  tidy,
} from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, expect, test, vi } from 'vitest';
import { addressOp } from './fused/op.js';
import { registerFused } from './fused.js';
import { address, TapeheadError } from './index.js';
import { fused, randomPoints } from './testing/points.js';

const sizes = { B: 2, H: 1, N: 5, M: 3, S: 3 };
const points = () => randomPoints({ seed: 1, batch: 2, heads: 1, rows: 5, width: 3, half: 1 });

/** The kernel as anybody can call it, past the public function. */
function raw(name: string, tensors: readonly Tensor[], attributes: object): Tensor[] {
  const inputs: NamedTensorMap = {};
  for (const [i, tensor] of tensors.entries()) inputs[i] = tensor;
  const outputs: Tensor | Tensor[] = engine().runKernel(name, inputs, { ...attributes });
  return Array.isArray(outputs) ? outputs : [outputs];
}

const live = () => ({ tensors: memory().numTensors, data: engine().backend.numDataIds() });

onEachBackend('the guard of the kernels of address', () => {
  beforeAll(registerFused);

  test('refuses one tensor of another shape or dtype, or one too few, and allocates nothing', () => {
    const given = points();
    fc.assert(
      fc.property(fc.nat(6), fc.constantFrom('int32', 'larger', 'flat', 'missing'), (i, kind) => {
        tidy(() => {
          const wrong = given.map((tensor, at) => {
            if (at !== i) return [tensor];
            if (kind === 'int32') return [cast(tensor, 'int32')];
            if (kind === 'larger') return [ones(tensor.shape.map((size) => size + 1))];
            return kind === 'flat' ? [ones([tensor.size])] : [];
          });
          const before = live();
          expect(() => raw(addressOp.forward.name, wrong.flat(), {})).toThrow(TapeheadError);
          expect(live()).toEqual(before);
        });
      }),
      { seed: 3, numRuns: 60 },
    );
  });

  test('refuses a workspace of another call, and settings that do not fit', () => {
    tidy(() => {
      const [, workspace = ones([1])] = raw(addressOp.forward.name, points(), { keep: true });
      const slope = ones([2, 1, 5]);
      expect(raw(addressOp.backward.name, [workspace, slope], sizes)).toHaveLength(7);
      for (const [kept, settings] of [
        [ones([workspace.size - 1]), sizes],
        [workspace, { ...sizes, N: 4000 }],
        [workspace, { ...sizes, B: -2 }],
        [workspace, { ...sizes, M: Number.NaN }],
        [workspace, {}],
      ] as const) {
        const before = live();
        expect(() => raw(addressOp.backward.name, [kept, slope], settings)).toThrow(TapeheadError);
        expect(live()).toEqual(before);
      }
    });
  });

  test('keeps nothing without a tape', () => {
    tidy(() => {
      expect(raw(addressOp.forward.name, points(), { keep: false })).toHaveLength(1);
      expect(raw(addressOp.forward.name, points(), { keep: true })).toHaveLength(2);
    });
  });

  test('refuses a gradient of its gradient', () => {
    tidy(() => {
      const [key, beta, gate, shift, gamma, tape, previous] = points();
      for (const engineName of ['fused', 'reference']) {
        const costOf = (at: Tensor): Tensor => {
          const head = { key, beta, gate, shift, gamma };
          return sum(square(Reflect.apply(address, undefined, [head, at, previous, { engine: engineName }])));
        };
        const slope = grad(costOf);
        expect(() => grad((at: Tensor) => sum(mul(slope(at), at)))(tape ?? ones([1]))).toThrow(
          /^\w+: expected first-order gradients only: /,
        );
      }
    });
  });

  test('lets a first gradient pass as before', () => {
    tidy(() => {
      const along: Tensor3D = ones([2, 1, 5]);
      expect(gradientsOf(fused, points(), along)).toHaveLength(7);
    });
    expect(['cpu', 'wasm']).toContain(getBackend());
  });
});

interface OutputMaker {
  makeOutput(...values: unknown[]): unknown;
}
const makesOutputs = (backend: object): backend is OutputMaker => 'makeOutput' in backend;

test('on wasm a call frees what it allocated where the memory is used up in the middle', async () => {
  await setBackend('wasm');
  await registerFused();
  const given = points();
  const { backend } = engine();
  if (!makesOutputs(backend)) return expect.unreachable();
  for (const fatal of [0, 1]) {
    const before = live();
    const { makeOutput } = backend;
    let calls = 0;
    const spy = vi.spyOn(backend, 'makeOutput').mockImplementation((...values: unknown[]) => {
      if (calls++ === fatal) throw new TapeheadError('range', 'no memory left');
      return Reflect.apply(makeOutput, backend, values);
    });
    try {
      expect(() => raw(addressOp.forward.name, given, { keep: true })).toThrow('no memory left');
    } finally {
      spy.mockRestore();
    }
    expect(live()).toEqual(before);
  }
  expect(tidy(() => raw(addressOp.forward.name, given, { keep: true }).length)).toBe(2);
});
