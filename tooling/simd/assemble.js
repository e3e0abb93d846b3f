#!/usr/bin/env node
// Assembles a package's kernels twice, with SIMD and with relaxed SIMD, and writes both, in hexadecimal digits, as one module:
//   assemble-kernels assembly/sequence.ts src/generated/sequence.ts
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import asc from 'assemblyscript/asc';

const [source, target] = process.argv.slice(2);
if (!source || !target) throw new Error('usage: assemble-kernels SOURCE TARGET');

/** No runtime, no static data and no allocation: the module lives in a memory that belongs to somebody else. */
const flags = ['-O3', '--noAssert', '--runtime', 'stub', '--importMemory', '--disableWarning', '112'];
const kinds = { simd: ['--enable', 'simd'], relaxed: ['--enable', 'simd', '--enable', 'relaxed-simd'] };

/** @param {string[]} features */
async function assemble(features) {
  /** @type {Uint8Array | undefined} */
  let binary;
  const { error, stderr } = await asc.main([source, ...flags, ...features, '--outFile', 'kernels.wasm'], {
    writeFile: (_name, contents) => {
      binary = typeof contents === 'string' ? new TextEncoder().encode(contents) : contents;
    },
  });
  if (error || !binary) throw new Error(`${source}: ${error?.message ?? 'no output'}\n${stderr.toString()}`);
  return Buffer.from(binary).toString('hex');
}

const entries = await Promise.all(
  Object.entries(kinds).map(async ([kind, features]) => `  ${kind}: '${await assemble(features)}',`),
);
await mkdir(dirname(target), { recursive: true });
await writeFile(target, `export const modules = {\n${entries.join('\n')}\n};\n`);
