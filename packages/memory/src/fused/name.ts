import type { OpName } from '@tapehead/core';
import manifest from '../../package.json' with { type: 'json' };

/** The op that `registerFused` brings kernels of. */
export const writeName: OpName = {
  name: 'Write',
  version: manifest.version,
  module: '@tapehead/memory/fused',
};
