import { printable, TapeheadError } from '@tapehead/core';

/** The binaries of tfjs-backend-wasm: tfjs loads the second where the engine has SIMD, and the third with threads. */
const files = [
  'tfjs-backend-wasm.wasm',
  'tfjs-backend-wasm-simd.wasm',
  'tfjs-backend-wasm-threaded-simd.wasm',
] as const;
const [plain, simd] = files;

type SetWasmPaths = (paths: Record<string, string>) => void;

/** @throws TapeheadError `argument` unless it is a folder, or a URL for each file that can be loaded */
export function checkWasmPaths(wasmPaths: unknown): void {
  const fault = faultOf(wasmPaths);
  if (fault === undefined) return;
  throw new TapeheadError(
    'argument',
    `wasmPaths: expected the URL of a folder, or the URLs of '${plain}' and '${simd}' by these names, ${fault}`,
  );
}

function faultOf(wasmPaths: unknown): string | undefined {
  if (typeof wasmPaths === 'string' && wasmPaths !== '') return undefined;
  if (typeof wasmPaths !== 'object' || wasmPaths === null) return `got ${textOf(wasmPaths)}`;
  const entries = new Map<string, unknown>(Object.entries(wasmPaths));
  for (const [name, path] of entries) {
    if (!files.some((file) => file === name)) return `got an entry '${printable(name, 60)}'`;
    if (typeof path !== 'string' || path === '') return `got ${textOf(path)} for '${name}'`;
  }
  const missing = [plain, simd].find((name) => !entries.has(name));
  return missing && `'${missing}' is missing`;
}

function textOf(value: unknown): string {
  return typeof value === 'string'
    ? `'${value}'`
    : value === null
      ? 'null'
      : `a value of type ${typeof value}`;
}

/**
 * tfjs takes no paths once a start of its wasm backend failed, but it reads the object that it was given at each start.
 * So it is given this one, once, and the paths are changed in here.
 */
const paths: Record<string, string> = {};
let given = false;

/** Tells tfjs where its binaries are. @throws Error where a start failed before it was told any */
export function giveWasmPaths(setWasmPaths: SetWasmPaths, wasmPaths: string | Record<string, string>): void {
  for (const file of files) paths[file] = pathOf(file, wasmPaths);
  try {
    setWasmPaths(paths);
    given = true;
  } catch (cause) {
    if (!given) throw new Error('it failed before, and tfjs takes no new wasmPaths after that', { cause });
  }
}

/** Whether other paths help after a failed start. */
export function takesOtherPaths(): boolean {
  return given;
}

function pathOf(file: string, wasmPaths: string | Record<string, string>): string {
  if (typeof wasmPaths === 'string') return wasmPaths.replace(/[^/\\]$/, '$&/') + file;
  // Threads are off, so that the threaded binary is never loaded: but tfjs wants an entry for it.
  return wasmPaths[file] ?? wasmPaths[simd] ?? '';
}
