import type { OpName } from '@tapehead/core';
import manifest from '../../package.json' with { type: 'json' };

/** The op that `registerFused` brings kernels of. */
export const lstmName: OpName = {
  name: 'LstmStep',
  version: manifest.version,
  module: '@tapehead/controller/fused',
};
