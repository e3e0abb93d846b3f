import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TapeheadError } from '../errors.js';
import { declareAxesOp } from './axes.js';
import { guard } from './guard.js';

// The same cases on every machine.
fc.configureGlobal({ seed: 13 });

const op = declareAxesOp({
  name: 'Cell',
  version: '1.2.3',
  module: 'somewhere',
  sizes: { B: 'batch', I: 'inputSize', U: 'units' },
  inputs: { x: 'B I', h: 'B U', kernel: 'I 4U', bias: '4U' },
  outputs: { next: 'B U' },
  again: ['kernel'],
  keeps: true,
});
const shapes = (B: number, I: number, U: number) => [[B, I], [B, U], [I, 4 * U], [4 * U]];
const shaped = (list: readonly number[][]) => list.map((shape) => ({ shape }));
const size = fc.integer({ min: 1, max: 9 });

describe('declareAxesOp', () => {
  it('finds the sizes in the shapes of the inputs, and the shapes in the sizes', () => {
    fc.assert(
      fc.property(size, size, size, (B, I, U) => {
        const sizes = op.sizesOf(shaped(shapes(B, I, U)));
        expect(sizes).toEqual({ B, I, U });
        expect(op.inputs(sizes).map((port) => port.shape)).toEqual(shapes(B, I, U));
        expect(op.outputs(sizes)).toEqual([{ name: 'next', shape: [B, U] }]);
      }),
    );
  });

  it('refuses every single dimension that disagrees, naming the input', () => {
    const places = shapes(1, 1, 1).flatMap((shape, i) => shape.map((_, axis) => [i, axis] as const));
    fc.assert(
      fc.property(
        size,
        size,
        size,
        fc.constantFrom(...places),
        fc.integer({ min: 1, max: 3 }),
        (B, I, U, [i, axis], by) => {
          const wrong = shapes(B, I, U);
          const shape = wrong[i] ?? [];
          shape[axis] = (shape[axis] ?? 0) + by;
          expect(() => op.sizesOf(shaped(wrong))).toThrow(TapeheadError);
          expect(() => op.sizesOf(shaped(wrong))).toThrow(/^Cell: (x|h|kernel|bias): expected shape \[/);
        },
      ),
    );
  });

  it('refuses missing inputs and missing axes', () => {
    expect(() =>
      op.sizesOf(
        shaped([
          [2, 3],
          [2, 4],
        ]),
      ),
    ).toThrow('Cell: kernel: expected shape [I, 4U] (B 2, I 3, U 4), got []');
    expect(() => op.sizesOf(shaped([[2], [2, 4], [3, 16], [16]]))).toThrow(
      /^Cell: x: expected shape \[B, I\]/,
    );
  });

  it('gives its kernels the version of the package in their names', () => {
    expect([op.forward.name, op.backward.name]).toEqual(['TapeheadCell@1.2.3', 'TapeheadCellGrad@1.2.3']);
  });

  it('lets the backward pass take what it needs again, the workspace and a gradient, and give the gradients', () => {
    const sizes = { B: 2, I: 3, U: 4 };
    const workspace = { name: 'workspace', shape: [77] };
    expect(op.backward.takes(sizes, [], [workspace]).map((port) => port.shape)).toEqual([
      [3, 16],
      [77],
      [2, 4],
    ]);
    expect(op.backward.gives(sizes, []).map((port) => port.shape)).toEqual(shapes(2, 3, 4));
  });
});

describe('guard', () => {
  const ports = op.inputs({ B: 2, I: 3, U: 4 });
  const tensors = ports.map(({ shape }) => ({ dataId: {}, shape: [...shape], dtype: 'float32' as const }));

  it('lets pass what fits', () => guard('Cell', tensors, ports));

  it('names the kernel, the tensor, and what came', () => {
    expect(() => guard('Cell', tensors.slice(1), ports)).toThrow(
      'Cell: expected 4 tensors (x, h, kernel, bias), got 3',
    );
    const integers = tensors.map((tensor, i) => (i === 1 ? { ...tensor, dtype: 'int32' as const } : tensor));
    expect(() => guard('Cell', integers, ports)).toThrow(
      "Cell: h: expected float32, got int32; cast it to 'float32'",
    );
    const wrong = tensors.map((tensor, i) => (i === 3 ? { ...tensor, shape: [15] } : tensor));
    expect(() => guard('Cell', wrong, ports)).toThrow('Cell: bias: expected shape [16], got [15]');
  });
});
