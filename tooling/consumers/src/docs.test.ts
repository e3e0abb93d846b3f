import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium } from './chromium.js';
import { argumentsOf, problemOf } from './commands.js';
import { commandFolder, documents, isDead, isReadmeOfPackage } from './documents.js';
import type { Block } from './markdown.js';
import { answersOf, pageOf } from './pages.js';
import { createProject, type Project } from './project.js';
import { published, root } from './published.js';
import { findPython, modulesOf } from './python.js';
import { commandsIn, type Example, examplesIn, installedBy, modulesIn } from './readme.js';
import { run } from './run.js';
import { stripTypes, typeErrors } from './typecheck.js';

/** What tests a block of each kind. Those of a package's README are run by alone.test.ts and page.test.ts. */
const kinds: Readonly<Record<string, string>> = {
  js: 'runs in Node, and prints the text below it',
  ts: 'the same, and has no type errors',
  'js page': 'the same in Chromium',
  text: 'is what the block above it prints',
  sh: 'names commands that exist, with flags that they have',
};
const kindsOfDocs: Readonly<Record<string, string>> = {
  ...kinds,
  python: 'runs in Python, and prints the text below it',
  'sh run': 'is the command line at work, and ends well',
  json: 'is JSON, line by line',
  mermaid: 'is what a test of the package makes',
};

describe.each(documents)('$path', ({ path, blocks, codespans, links }) => {
  it('has only blocks of a kind that is tested', () => {
    const tested = isReadmeOfPackage(path) ? kinds : kindsOfDocs;
    const untested = blocks.filter(
      ({ kind }, i) =>
        !(kind in tested) || (kind === 'text' && examplesIn(blocks.slice(i - 1, i)).length === 0),
    );
    expect(untested).toEqual([]);
  });

  it('names commands that exist, with flags that they have', async () => {
    const commands = [...commandsIn(blocks), ...codespans.filter((code) => /^(npm|npx|pnpm) /.test(code))];
    const folder = commandFolder({ path });
    const problems = await Promise.all(
      commands.map(async (command) => [command, await problemOf(command, folder)]),
    );
    expect(problems.filter(([, problem]) => problem !== undefined)).toEqual([]);
  });

  it('has no dead link within this repository', () => {
    expect(links.filter((link) => isDead({ path }, link))).toEqual([]);
  });

  const json = linesOf(blocks, 'json');
  if (json.length === 0) return;
  it('has JSON that is JSON', () => {
    for (const line of json) expect(JSON.parse(line), line).toBeTypeOf('object');
  });
});

function linesOf(blocks: readonly Block[], kind: string): string[] {
  return blocks.filter((block) => block.kind === kind).flatMap(({ body }) => body.trimEnd().split('\n'));
}

const guides = documents
  .filter(({ path }) => !isReadmeOfPackage(path))
  .map(({ path, blocks }) => ({ path, blocks, examples: examplesIn(blocks) }));

describe('guides, with all packages packed and installed', () => {
  let project: Project;

  beforeAll(async () => {
    project = createProject();
    await project.install(published.flatMap(({ name, peers }) => [name, ...Object.keys(peers)]));
  });
  afterAll(() => project.remove());

  describe.each(guides.filter(({ examples }) => examples.length > 0))(
    '$path',
    ({ path, blocks, examples }) => {
      const folderOf = () => join(project.folder, path.replaceAll('/', '-'));
      const installed = installedBy(blocks);

      beforeAll(() => {
        mkdirSync(folderOf());
        for (const file of pythonOf(path))
          cpSync(file, join(folderOf(), basename(file)), { recursive: true });
      });

      it('installs what its blocks import, and every peer of it', () => {
        const imported = examples
          .filter(({ place }) => place !== 'python')
          .flatMap(({ code }) => modulesIn(code));
        const peers = published
          .filter(({ name }) => installed.includes(name))
          .flatMap(({ peers }) => Object.keys(peers));
        expect(installed).toEqual(expect.arrayContaining([...imported, ...peers]));
      });

      // One after the other in one folder: what one writes, the next may read.
      it.for(examples.map((example, i) => ({ number: i + 1, ...example })))(
        'example $number, $language, prints what it says',
        async ({ number, ...example }, { skip }) => {
          const reason = missingFor(example, folderOf());
          if (reason !== undefined) {
            process.stderr.write(`Skipped: example ${number} of ${path} (${reason})\n`);
            skip(reason);
          }
          const printed = await printedBy(example, `example-${number}`, folderOf());
          if (example.prints !== undefined) expect(printed).toBe(example.prints);
        },
      );
    },
  );

  const shells = guides.filter(({ blocks }) => blocks.some(({ kind }) => kind === 'sh run'));
  it.each(shells)('$path: the command line does what it is told', async ({ path, blocks }) => {
    const folder = join(project.folder, `run-${path.replaceAll('/', '-')}`);
    mkdirSync(join(folder, 'runs'), { recursive: true }); // as npm start leaves it
    cpSync(join(root, 'examples/tasks'), join(folder, 'examples/tasks'), { recursive: true });
    for (const command of commandsIn(blocks.filter(({ kind }) => kind === 'sh run'))) {
      await run('node', [join(root, 'apps/bench/dist/tapehead.js'), ...argumentsOf(command)], folder);
    }
  });
});

/** The Python files and the fixtures of the example that a guide is about: `examples/NAME` for `guides/NAME.md`. */
function pythonOf(path: string): string[] {
  const folder = join(root, 'examples', basename(path, '.md'));
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith('.py') || name === 'fixtures');
  return names.map((name) => join(folder, name));
}

/** Why an example cannot run on this machine. CI has a browser, and skips nothing that needs one. */
function missingFor({ place, code }: Example, folder: string): string | undefined {
  if (place === 'page' && findChromium() === undefined && !process.env.CI) return 'no Chromium';
  if (place === 'python' && findPython(code, folder) === undefined)
    return `no python3 with ${modulesOf(code).join(', ')}`;
  return undefined;
}

async function printedBy({ language, place, code }: Example, name: string, folder: string): Promise<string> {
  const write = (file: string, text: string) => writeFileSync(join(folder, file), text);
  if (place === 'python') {
    write(`${name}.py`, code);
    return run(findPython(code, folder) ?? 'python3', [`${name}.py`], folder);
  }
  if (place === 'page') {
    write(`${name}.js`, code);
    write(`${name}.html`, pageOf(`./${name}.js`));
    const [answer] = await answersOf(folder, [`${name}.html`], findChromium() ?? 'chromium');
    return String(answer);
  }
  if (language === 'ts') {
    write(`${name}.ts`, code);
    expect(typeErrors(folder, [`${name}.ts`], 'node16')).toEqual([]);
  }
  write(`${name}.run.js`, language === 'ts' ? stripTypes(code) : code);
  return run('node', [`${name}.run.js`], folder);
}
