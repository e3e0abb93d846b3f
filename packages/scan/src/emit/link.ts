import { type Code, type Type, typeBytes } from './code.js';
import type { FunctionBuilder } from './function.js';
import { unsigned } from './numbers.js';

const HEADER = 8;
const FUNCTION_TYPE = 0x60;
/** Sections. */
const CUSTOM = 0;
const TYPES = 1;
const IMPORTS = 2;
const FUNCTIONS = 3;
const EXPORTS = 7;
const CODE = 10;
/** The kind of an import or export. */
const FUNCTION = 0;
const MEMORY = 2;

/** An assembled module, to which functions can be added. */
export interface OpenModule {
  /** The index of an exported function, for `call`. */
  indexOf(exportName: string): number;
  /** Adds a function and gives its index. Its code may still be written until `bytes` is called. */
  add(fn: FunctionBuilder, exportName?: string): number;
  /** The module with what was added. */
  bytes(): Uint8Array<ArrayBuffer>;
}

type Bytes = ArrayLike<number>;

interface Section {
  readonly id: number;
  readonly body: Uint8Array;
}

/**
 * Opens a module to add functions behind its own.
 * @param base a valid WebAssembly binary with sections of types, functions, exports and code, that imports functions
 *   and memories only
 */
export function openModule(base: Uint8Array): OpenModule {
  const sections = sectionsOf(base);
  const contents = (id: number) => sections.find((section) => section.id === id)?.body ?? Uint8Array.of(0);
  const types = typesOf(contents(TYPES));
  const exports = exportsOf(contents(EXPORTS));
  const first = importedFunctions(contents(IMPORTS)) + readerOf(contents(FUNCTIONS)).integer();
  const oldTypes = readerOf(contents(TYPES)).integer();
  const newTypes: Bytes[] = [];
  const added: { fn: FunctionBuilder; type: number }[] = [];
  const newExports: Bytes[] = [];

  const typeOf = ({ params, results }: FunctionBuilder): number => {
    const type = [
      FUNCTION_TYPE,
      params.length,
      params.map(byteOf),
      results.length,
      results.map(byteOf),
    ].flat();
    const key = String(type);
    const known = types.get(key);
    if (known !== undefined) return known;
    const index = oldTypes + newTypes.push(type) - 1;
    types.set(key, index);
    return index;
  };

  return {
    indexOf(exportName) {
      const index = exports.get(exportName);
      if (index === undefined) throw new Error(`the assembled module has no function ${exportName}`);
      return index;
    },
    add(fn, exportName) {
      const index = first + added.push({ fn, type: typeOf(fn) }) - 1;
      if (exportName !== undefined) {
        const name = new TextEncoder().encode(exportName);
        newExports.push(flat([unsigned(name.length), [...name], FUNCTION, unsigned(index)]));
        exports.set(exportName, index);
      }
      return index;
    },
    bytes() {
      const more = new Map<number, readonly Bytes[]>([
        [TYPES, newTypes],
        [FUNCTIONS, added.map(({ type }) => size(type))],
        [EXPORTS, newExports],
        [CODE, added.map(({ fn }) => sized(flat(fn.body())))],
      ]);
      const parts = sections.flatMap(({ id, body }) => section(id, body, more.get(id) ?? []));
      return joined([base.subarray(0, HEADER), ...parts]);
    },
  };
}

const byteOf = (type: Type): number => typeBytes[type];

/** A section with more entries at its end, in parts. */
function section(id: number, body: Uint8Array, more: readonly Bytes[]): Bytes[] {
  const reader = readerOf(body);
  const count = more.length > 0 ? size(reader.integer() + more.length) : [];
  const rest = body.subarray(reader.at());
  const length = more.reduce((sum, entry) => sum + entry.length, count.length + rest.length);
  return [[id], size(length), count, rest, ...more];
}

const size = (n: number): Bytes => flat([unsigned(n)]);

/** Bytes behind their number. */
function sized(bytes: Bytes): Bytes {
  return joined([size(bytes.length), bytes]);
}

/** The bytes of nested code. */
function flat(code: Code, bytes: number[] = []): number[] {
  for (const part of code) {
    if (typeof part === 'number') bytes.push(part);
    else if (typeof part !== 'string') flat(part, bytes);
    else for (let i = 0; i < part.length; i++) bytes.push(part.charCodeAt(i));
  }
  return bytes;
}

function joined(parts: readonly Bytes[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function sectionsOf(base: Uint8Array): Section[] {
  const reader = readerOf(base, HEADER);
  const sections: Section[] = [];
  while (reader.at() < base.length) {
    const id = reader.byte();
    const body = reader.take();
    if (id !== CUSTOM) sections.push({ id, body });
  }
  return sections;
}

/** The index of each type, by its bytes. */
function typesOf(body: Uint8Array): Map<string, number> {
  const reader = readerOf(body);
  const types = new Map<string, number>();
  const count = reader.integer();
  for (let i = 0; i < count; i++) {
    const start = reader.at();
    reader.byte();
    reader.take();
    reader.take();
    types.set(String(body.subarray(start, reader.at())), i);
  }
  return types;
}

/** The index of each exported function, by name. */
function exportsOf(body: Uint8Array): Map<string, number> {
  const reader = readerOf(body);
  const exports = new Map<string, number>();
  for (let left = reader.integer(); left > 0; left--) {
    const name = new TextDecoder().decode(reader.take());
    const kind = reader.byte();
    const index = reader.integer();
    if (kind === FUNCTION) exports.set(name, index);
  }
  return exports;
}

function importedFunctions(body: Uint8Array): number {
  const reader = readerOf(body);
  let functions = 0;
  for (let left = reader.integer(); left > 0; left--) {
    reader.take();
    reader.take();
    const kind = reader.byte();
    if (kind === FUNCTION) functions++;
    else if (kind !== MEMORY) throw new Error('expected a module that imports functions and memories only');
    const flags = reader.integer();
    if (kind === MEMORY) {
      reader.integer();
      if (flags & 1) reader.integer();
    }
  }
  return functions;
}

function readerOf(bytes: Uint8Array, start = 0) {
  let at = start;
  const byte = (): number => {
    const value = bytes[at++];
    if (value === undefined) throw new Error('expected a WebAssembly module');
    return value;
  };
  /** An unsigned LEB128. */
  const integer = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const next = byte();
      value |= (next & 127) << shift;
      if (next < 128) return value >>> 0;
    }
  };
  return {
    at: () => at,
    byte,
    integer,
    /** As many bytes as the next integer says. */
    take(): Uint8Array {
      const length = integer();
      at += length;
      return bytes.subarray(at - length, at);
    },
  };
}
