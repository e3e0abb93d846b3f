import type { OpName } from '@tapehead/core';
import manifest from '../../package.json' with { type: 'json' };

/** The op that `registerFused` brings kernels of. */
export const addressName: OpName = {
  name: 'Address',
  version: manifest.version,
  module: '@tapehead/addressing/fused',
};
