import manifest from '../../package.json' with { type: 'json' };

const version = manifest.version;
/** The op that `registerFused` brings kernels of. */
export const addressName = { name: 'Address', version, module: '@tapehead/addressing/fused' };
