import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium } from './chromium.js';
import { answersOf, pageOf } from './pages.js';
import { createProject, type Project } from './project.js';
import { published } from './published.js';
import { examplesOf } from './readme.js';
import { run } from './run.js';
import { resolutions, stripTypes, typeErrors } from './typecheck.js';

const page = fileURLToPath(new URL('../page', import.meta.url));
const numbers = readFileSync(join(page, 'numbers.ts'), 'utf8');
const executablePath = findChromium();
const reason = 'no Chromium at $CHROMIUM or /usr/bin/chromium';
const isolated = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};
const examples = published.flatMap(examplesOf).filter(({ place }) => place === 'page');

describe('all packages together, packed and installed', () => {
  let project: Project;

  beforeAll(async () => {
    project = createProject();
    const packages = published.flatMap(({ name, peers }) => [name, ...Object.keys(peers)]);
    await project.install([...packages, '@tensorflow/tfjs-backend-webgl']);
    cpSync(page, project.folder, { recursive: true });
    writeFileSync(join(project.folder, 'numbers.js'), stripTypes(numbers));
    examples.forEach(({ code }, i) => {
      writeFileSync(join(project.folder, `example-${i}.js`), code);
      writeFileSync(join(project.folder, `example-${i}.html`), pageOf(`./example-${i}.js`));
    });
  });
  afterAll(() => project.remove());

  it('have one copy of tfjs between them', () => {
    expect(project.copiesOf('@tensorflow/tfjs-core')).toHaveLength(1);
    expect(project.copiesOf('@tensorflow/tfjs-layers')).toHaveLength(1);
  });

  it.each(resolutions)('have types, by moduleResolution %s', (resolution) => {
    expect(typeErrors(project.folder, ['numbers.ts', 'typed.ts'], resolution)).toEqual([]);
  });

  it.skipIf(!process.features.require_module)(
    `run in Node from CommonJS, to the same numbers${process.features.require_module ? '' : ' (this Node requires no ES modules)'}`,
    async () => {
      const required = await run('node', ['node.cjs'], project.folder);
      expect(JSON.parse(required)).toEqual(await numbersInNode(project));
    },
  );

  it('run in Node, with finite values and gradients', async () => {
    expect((await numbersInNode(project)).every(Number.isFinite)).toBe(true);
  });

  it('run their kernels on a backend that was removed or reset and started again', async () => {
    const near = (await numbersInNode(project)).map((number) => expect.closeTo(number, 5));
    const computed = await run('node', ['again.js'], project.folder);
    expect(JSON.parse(computed)).toEqual(Array(6).fill(near));
  });

  if (executablePath === undefined) {
    process.stderr.write(`Skipped: a Vite page in Chromium (${reason})\n`);
    it.skipIf(!process.env.CI)(`run in a Vite page in Chromium (${reason})`, () => {
      expect.unreachable(`${reason}, and CI skips nothing`);
    });
    return;
  }

  it('run in a Vite page in Chromium, on each backend and engine and with workers, to the numbers of Node', async () => {
    const pages = ['index.html', 'workers.html', ...examples.map((_, i) => `example-${i}.html`)];
    const [answers, apart, ...ofExamples] = await answersOf(project.folder, pages, executablePath);
    const near = (await numbersInNode(project)).map((number) => expect.closeTo(number, 5));
    expect(answers).toEqual([
      { backend: 'cpu', reference: near, fused: near },
      { backend: 'wasm', reference: near, fused: near },
    ]);
    expect(apart).toEqual(expect.closeTo(0, 5));
    expect(ofExamples).toEqual(examples.map(({ prints = '' }) => prints));
  });

  // Most of a minute is the software GPU's, which compiles three programs for each net, and seven for the ops.
  it('run on a GPU in Chromium as the reference does on the CPU, for nets of any kind and for the single ops', async () => {
    const [differences] = await answersOf(project.folder, ['gpu.html'], executablePath);
    // 1e-4 as for gradients everywhere: float32 sums of hundreds of products, twice, and divisions by small norms.
    const small = expect.closeTo(0, 4);
    expect(differences).toEqual([small, small, small]);
  }, 300_000);

  it('run the reference engine on WebGL as on the CPU, and refuse the fused one', async () => {
    const [answer] = await answersOf(project.folder, ['webgl.html'], executablePath);
    // As on the GPU above: float32, in another order of sums.
    const small = expect.closeTo(0, 4);
    expect(answer).toEqual({
      backend: 'webgl',
      running: 'webgl',
      engine: 'reference',
      refused: { code: 'backend', message: expect.stringMatching(/webgl.*on webgpu, wasm and cpu/) },
      differences: [small, small, small],
    });
  });

  it('run on the threaded binary of tfjs in a cross-origin isolated page', async () => {
    // Minified, tfjs's own threads never start: it makes their script from a function's source, whose names are then gone.
    const unminified = { minify: false, headers: isolated };
    const [answer] = await answersOf(project.folder, ['threads.html'], executablePath, unminified);
    const near = (await numbersInNode(project)).map((number) => expect.closeTo(number, 5));
    expect(answer).toEqual({ threaded: true, reference: near, fused: near, kept: 0 });
  });

  it.each([true, false])(
    'run after useBackend in a cross-origin isolated page (minified: %s), and after wrong wasmPaths',
    async (minify) => {
      const pages = ['index.html', 'paths.html'];
      const serving = { minify, headers: isolated };
      const [answers, corrected] = await answersOf(project.folder, pages, executablePath, serving);
      const near = (await numbersInNode(project)).map((number) => expect.closeTo(number, 5));
      expect(answers).toEqual([
        { backend: 'cpu', reference: near, fused: near },
        { backend: 'wasm', reference: near, fused: near },
      ]);
      const refused = expect.stringMatching(
        /^backend: .*pass as wasmPaths where tfjs's \.wasm files are served/,
      );
      expect(corrected).toEqual({
        refused: [refused, refused],
        meanwhile: 'cpu',
        backend: 'wasm',
        fused: near,
      });
    },
  );

  it('say which directive is missing where the policy of the page forbids WebAssembly', async () => {
    const headers = { 'Content-Security-Policy': "script-src 'self'" };
    const [answer] = await answersOf(project.folder, ['policy.html'], executablePath, { headers });
    const told =
      /^backend: .*Content-Security-Policy forbids WebAssembly: add 'wasm-unsafe-eval' to its script-src/;
    expect(answer).toEqual({
      backend: 'cpu',
      reason: expect.stringContaining("add 'wasm-unsafe-eval' to its script-src"),
      refused: Array(6).fill(expect.stringMatching(told)),
      reference: (await numbersInNode(project)).map((number) => expect.closeTo(number, 5)),
    });
  });
});

async function numbersInNode({ folder }: Project): Promise<number[]> {
  return JSON.parse(await run('node', ['node.js'], folder));
}
