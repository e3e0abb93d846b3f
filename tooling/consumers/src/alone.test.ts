import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProject, type Project } from './project.js';
import { type Published, published } from './published.js';
import { type Example, examplesOf, installLineOf } from './readme.js';
import { run } from './run.js';
import { stripTypes, typeErrors } from './typecheck.js';

describe.each(published)('$name, packed and installed alone', (subject) => {
  let project: Project;

  beforeAll(async () => {
    project = createProject();
    await project.install([subject.name, ...Object.keys(subject.peers)]);
  });
  afterAll(() => project.remove());

  it('is what was built, its licence and its README, and nothing else', () => {
    const files = readdirSync(join(project.folder, 'node_modules', subject.name));
    const released = subject.version === '0.0.0' ? [] : ['CHANGELOG.md'];
    expect(files.sort()).toEqual([...released, 'LICENSE', 'README.md', 'dist', 'package.json']);
  });

  it('brings no second copy of tfjs', () => {
    expect(project.copiesOf('@tensorflow/tfjs-core')).toHaveLength(1);
    expect(project.copiesOf('@tensorflow/tfjs-layers').length).toBeLessThanOrEqual(1);
  });

  it('imports in Node with its peers alone', async () => {
    writeFileSync(join(project.folder, 'import.js'), importing(subject));
    const imported = await run('node', ['import.js'], project.folder);
    expect(imported).toBe('true\n'.repeat(subject.entries.length));
  });

  it.skipIf(!process.features.require_module)(
    `is required in Node by CommonJS${process.features.require_module ? '' : ' (this Node requires no ES modules)'}`,
    async () => {
      writeFileSync(join(project.folder, 'require.cjs'), requiring(subject));
      const required = await run('node', ['require.cjs'], project.folder);
      expect(required).toBe('true\n'.repeat(subject.entries.length));
    },
  );

  it('says in its README how to install it, with every peer', () => {
    expect(installLineOf(subject)).toEqual(
      expect.arrayContaining([subject.name, ...Object.keys(subject.peers)]),
    );
  });

  describe('with what its README installs', () => {
    const examples = examplesOf(subject).filter(({ place }) => place === 'node');

    beforeAll(() => project.install(installLineOf(subject)));

    it('has an example', () => expect(examples).not.toHaveLength(0));

    it.each(examples.map((example, i) => ({ number: i + 1, ...example })))(
      'example $number runs and prints what it says',
      async ({ number, ...example }) => {
        const printed = await runExample(project, number, example);
        if (example.prints !== undefined) expect(printed).toBe(example.prints);
      },
    );

    it('still has one copy of tfjs', () => {
      expect(project.copiesOf('@tensorflow/tfjs-core')).toHaveLength(1);
    });

    it('has types, none of them any, and examples that compile', () => {
      writeFileSync(join(project.folder, 'typed.ts'), typing(subject));
      const typed = examples.flatMap(({ language }, i) => (language === 'ts' ? [`example-${i + 1}.ts`] : []));
      expect(typeErrors(project.folder, ['typed.ts', ...typed], 'node16')).toEqual([]);
    });
  });
});

/** A program that prints whether each entry of the package has exports, or else lacks an optional peer. */
function importing({ entries, optionalPeers }: Published): string {
  const imports = entries.map(
    (entry) => `console.log(Object.keys(await import('${entry}').catch(lacking)).length > 0);`,
  );
  return [lacking(optionalPeers), ...imports].join('\n');
}

/** The same in CommonJS. */
function requiring({ entries, optionalPeers }: Published): string {
  const imports = entries.map(
    (entry) =>
      `try { console.log(Object.keys(require('${entry}')).length > 0); } catch (error) { lacking(error); console.log(true); }`,
  );
  return [lacking(optionalPeers), ...imports].join('\n');
}

/** A function that throws any other error than that of a peer that is not there. */
function lacking(optionalPeers: readonly string[]): string {
  return `function lacking(error) {
    if (${JSON.stringify(optionalPeers)}.some((peer) => error.message.includes(\`'\${peer}'\`))) return { peer: 'none' };
    throw error;
  }`;
}

/** A program that compiles unless an export is `any`, which is what a type that cannot be found comes to. */
function typing({ entries }: Published): string {
  const typed = entries.map(
    (entry, i) => `import * as all${i} from '${entry}';
      export const typed${i}: [Untyped<typeof all${i}>] extends [never] ? true : Untyped<typeof all${i}> = true;`,
  );
  return `type Untyped<T> = { [K in keyof T]: 0 extends 1 & T[K] ? K : never }[keyof T];\n${typed.join('\n')}`;
}

/** Writes an example for the type checker, and runs it. */
async function runExample({ folder }: Project, number: number, { language, code }: Example): Promise<string> {
  writeFileSync(join(folder, `example-${number}.${language}`), code);
  const program = `example-${number}.run.js`;
  writeFileSync(join(folder, program), language === 'ts' ? stripTypes(code) : code);
  return run('node', [program], folder);
}
