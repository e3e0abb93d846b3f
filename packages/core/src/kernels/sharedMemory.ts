const HEADER = 8;
const IMPORTS = 2;
/** Kinds of import. */
const FUNCTION = 0;
const MEMORY = 2;
/** Flags of a memory's limits: it has a maximum, and it is shared. */
const SHARED = 3;
/** 4 GiB in pages: an import fits every memory whose maximum is at most its own. */
const MOST_PAGES = 65_536;

/**
 * The same module for a shared memory, as threaded programs have: only the type of the memory that it imports differs.
 * @param module a WebAssembly binary that imports one memory, and else functions only
 */
export function withSharedMemory(module: Uint8Array): Uint8Array<ArrayBuffer> {
  const reader = createReader(module, HEADER);
  for (;;) {
    const start = reader.at();
    const id = reader.byte();
    const size = reader.integer();
    const body = reader.at();
    if (id === IMPORTS) {
      const end = body + size;
      const { from, to, least } = memoryLimits(reader);
      const limits = [SHARED, ...leb(least), ...leb(MOST_PAGES)];
      const section = [...module.subarray(body, from), ...limits, ...module.subarray(to, end)];
      return Uint8Array.from([
        ...module.subarray(0, start),
        IMPORTS,
        ...leb(section.length),
        ...section,
        ...module.subarray(end),
      ]);
    }
    reader.skip(size);
  }
}

type Reader = ReturnType<typeof createReader>;

/** Where the limits of the imported memory stand, and its least number of pages. */
function memoryLimits(reader: Reader): { from: number; to: number; least: number } {
  for (let left = reader.integer(); left > 0; left--) {
    reader.skip(reader.integer());
    reader.skip(reader.integer());
    const kind = reader.byte();
    if (kind === MEMORY) {
      const from = reader.at();
      const flags = reader.byte();
      const least = reader.integer();
      if (flags & 1) reader.integer();
      return { from, to: reader.at(), least };
    }
    if (kind !== FUNCTION) break;
    reader.integer();
  }
  throw new Error('expected a module that imports a memory');
}

function createReader(bytes: Uint8Array, start: number) {
  let at = start;
  const byte = (): number => {
    const value = bytes[at++];
    if (value === undefined) throw new Error('expected a module that imports a memory');
    return value;
  };
  return {
    at: () => at,
    byte,
    skip(length: number): void {
      at += length;
    },
    /** An unsigned LEB128. */
    integer(): number {
      let value = 0;
      for (let shift = 0; ; shift += 7) {
        const next = byte();
        value |= (next & 127) << shift;
        if (next < 128) return value >>> 0;
      }
    },
  };
}

function leb(value: number): number[] {
  const low = value & 127;
  return value < 128 ? [low] : [low | 128, ...leb(value >>> 7)];
}
