import manifest from '../../package.json' with { type: 'json' };

const version = manifest.version;

/** The op that `registerFused` brings kernels of. */
export const scanName = { name: 'Scan', version, module: '@tapehead/scan/fused', backends: 'wasm and cpu' };
