import { describe, expect, it } from 'vitest';
import { withSharedMemory } from './sharedMemory.js';

const header = [0, 97, 115, 109, 1, 0, 0, 0];
const text = (name: string): number[] => [name.length, ...new TextEncoder().encode(name)];
const section = (id: number, content: readonly number[]): number[] => [id, content.length, ...content];
const nothingToNothing = section(1, [1, 0x60, 0, 0]);
const aFunction = [...text('env'), ...text('abort'), 0, 0];
/** `memory.size` of the imported memory, exported as `size`. */
const size = [
  ...section(1, [2, 0x60, 0, 0, 0x60, 0, 1, 0x7f]),
  ...section(2, [2, ...aFunction, ...text('env'), ...text('memory'), 2, 0, 1]),
  ...section(3, [1, 1]),
  ...section(7, [1, ...text('size'), 0, 1]),
  ...section(10, [1, 4, 0, 0x3f, 0, 0x0b]),
];

function importing(...limits: number[]): Uint8Array {
  const imports = section(2, [2, ...aFunction, ...text('env'), ...text('memory'), 2, ...limits]);
  return Uint8Array.of(...header, ...nothingToNothing, ...imports);
}

function link(module: Uint8Array<ArrayBuffer>, memory: WebAssembly.Memory): WebAssembly.Exports {
  return new WebAssembly.Instance(new WebAssembly.Module(module), { env: { memory, abort() {} } }).exports;
}

describe('withSharedMemory', () => {
  it.each([
    ['no maximum', importing(0, 1)],
    ['a maximum', importing(1, 1, 0x80, 0x80, 4)],
    ['a least size of two bytes', importing(0, 0x80, 1)],
  ])(
    'links a module that imports a memory with %s to shared memories, and keeps the original',
    (_, module) => {
      const before = module.slice();
      for (const maximum of [200, 16_384, 65_536]) {
        const memory = new WebAssembly.Memory({ initial: 150, maximum, shared: true });
        expect(() => link(module.slice(), memory)).toThrow(WebAssembly.LinkError);
        link(withSharedMemory(module), memory);
      }
      expect(module).toEqual(before);
    },
  );

  it('keeps the code: it sees the shared memory, and its growth', () => {
    const memory = new WebAssembly.Memory({ initial: 3, maximum: 10, shared: true });
    const exports = link(withSharedMemory(Uint8Array.of(...header, ...size)), memory);
    const sizeOf = exports.size;
    if (typeof sizeOf !== 'function') return expect.unreachable();
    expect(sizeOf()).toBe(3);
    memory.grow(2);
    expect(sizeOf()).toBe(5);
  });

  it.each([
    ['imports no memory', Uint8Array.of(...header, ...nothingToNothing, ...section(2, [1, ...aFunction]))],
    ['imports nothing', Uint8Array.of(...header, ...nothingToNothing)],
    ['is empty', Uint8Array.of(...header)],
  ])('refuses a module that %s', (_, module) => {
    expect(() => withSharedMemory(module)).toThrow('expected a module that imports a memory');
  });
});
