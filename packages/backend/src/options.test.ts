import { findBackendFactory } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { useBackend } from './useBackend.js';

const simd = 'tfjs-backend-wasm-simd.wasm';
const plain = 'tfjs-backend-wasm.wasm';

it.each<[unknown, unknown, string, RegExp]>([
  ['tpu', {}, 'argument', /^backend: expected one of 'auto', 'webgpu', 'wasm', 'cpu', 'webgl', got 'tpu'$/],
  [null, {}, 'argument', /^backend: .* got /],
  [5, {}, 'argument', /^backend: .* got /],
  ['cpu', { wasmPath: '/' }, 'argument', /^useBackend: unknown option 'wasmPath'.*'wasmPaths'/],
  ['cpu', null, 'argument', /^useBackend: expected an object of options, got null/],
  ['cpu', 5, 'argument', /^useBackend: expected an object of options, got 5/],
  ['cpu', ['/'], 'argument', /^useBackend: expected an object of options/],
  ['cpu', { batch: Number.NaN }, 'range', /^batch: .* got NaN$/],
  ['cpu', { batch: 0 }, 'range', /^batch: .* got 0$/],
  ['cpu', { batch: '64' }, 'range', /^batch: .* got /],
  ['cpu', { batch: null }, 'range', /^batch: .* got null$/],
  ['cpu', { wasmPaths: 5 }, 'argument', /^wasmPaths: .* got a value of type number$/],
  ['cpu', { wasmPaths: '' }, 'argument', /^wasmPaths: .* got ''$/],
  ['cpu', { wasmPaths: null }, 'argument', /^wasmPaths: .* got null$/],
  ['cpu', { wasmPaths: { [simd]: '/a' } }, 'argument', /^wasmPaths: .* 'tfjs-backend-wasm.wasm' is missing$/],
  [
    'cpu',
    { wasmPaths: { [plain]: '/a', [simd]: 5 } },
    'argument',
    /^wasmPaths: .* got a value of type number/,
  ],
  ['cpu', { wasmPaths: { simd: '/a' } }, 'argument', /^wasmPaths: .* got an entry 'simd'$/],
])('refuses %o with %o, by name, and starts nothing', async (choice, options, code, message) => {
  // @ts-expect-error neither needs to be of its type
  const asked = useBackend(choice, options);
  await expect(asked).rejects.toMatchObject({
    name: 'TapeheadError',
    code,
    message: expect.stringMatching(message),
  });
  expect(findBackendFactory('cpu') ?? null).toBeNull();
});
