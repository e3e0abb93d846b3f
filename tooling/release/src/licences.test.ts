import { describe, expect, it } from 'vitest';
import { bundled, dependencies, notFree } from './licences.js';

const names = (all: readonly { name: string }[]) => all.map(({ name }) => name);

describe('licences', () => {
  it('of what published packages need are free', async () => {
    const all = await dependencies();
    expect(names(all)).toEqual(
      expect.arrayContaining(['@tensorflow/tfjs-core', '@tensorflow/tfjs-layers', 'pure-rand', 'birpc']),
    );
    expect(notFree(all)).toEqual([]);
  });

  it('of what is in the page are free, or those of its fonts', () => {
    const all = bundled();
    expect(names(all)).toEqual(
      expect.arrayContaining(['preact', '@tensorflow/tfjs-core', '@fontsource-variable/inter']),
    );
    expect(notFree(all, ['OFL-1.1'])).toEqual([]);
  });

  it.each(['GPL-3.0', 'MIT AND GPL-3.0', 'MPL-2.0', 'SEE LICENSE IN terms.txt', 'Unknown', ''])(
    '%j would not be',
    (licence) => expect(notFree([{ name: 'other', licence }])).toHaveLength(1),
  );

  it.each(['MIT', '(MIT OR GPL-3.0)', 'Apache-2.0 AND MIT'])('%j is', (licence) => {
    expect(notFree([{ name: 'other', licence }])).toEqual([]);
  });
});
