/**
 * What people import, and the most bytes that it may weigh, minified and gzipped, without tfjs: 6 to 8 % above what it does.
 * `without`: a file that is loaded only by some.
 */
const limits = [
  { from: 'core', limit: 3840 },
  { from: 'core/kernels', limit: 10640 },
  { from: 'addressing', limit: 5700 },
  { from: 'addressing', names: ['sharpen'], limit: 2160 },
  { from: 'addressing', names: ['contentAddressing'], limit: 2610 },
  { from: 'addressing', names: ['address'], limit: 4080 },
  { from: 'addressing/dnc', limit: 3430 },
  { from: 'addressing/mann', limit: 2510 },
  { from: 'addressing/fused', limit: 18100 },
  { from: 'memory', limit: 3680 },
  { from: 'memory', names: ['read'], limit: 1730 },
  { from: 'memory', names: ['write'], limit: 2170 },
  { from: 'memory/fused', limit: 12950 },
  { from: 'controller', limit: 5570 },
  { from: 'controller', names: ['lstmStep'], limit: 2460 },
  { from: 'controller/fused', limit: 15490 },
  { from: 'ntm', limit: 28300 },
  { from: 'ntm', names: ['LSTMBaseline'], limit: 26800 },
  { from: 'ntm/fused', limit: 116370 },
  { from: 'ntm/layers', limit: 15000 },
  { from: 'scan', limit: 8420 },
  { from: 'scan/fused', without: './gpu.js', limit: 55400 },
  { from: 'scan/fused', limit: 69100 },
  { from: 'scan/layers', limit: 14830 },
  { from: 'scan/sequence-layer', limit: 5870 },
  { from: 'tasks', limit: 14200 },
  { from: 'tasks', names: ['costInBits'], limit: 5560 },
  { from: 'tasks', names: ['copy'], limit: 4490 },
  { from: 'training', limit: 40350 },
  { from: 'training', names: ['gravesRmsProp'], limit: 6980 },
  { from: 'training', names: ['decodeSafetensors'], limit: 11470 },
  { from: 'training/fused', limit: 9790 },
  { from: 'training/node', limit: 13810 },
  { from: 'training/workers', limit: 19250 },
  { from: 'backend', limit: 4300 },
];

export default limits.map(({ from, names, without, limit }) => {
  const [folder, entry = 'index'] = from.split('/');
  const imported = names === undefined ? '*' : `{ ${names.join(', ')} }`;
  return {
    name: `import ${imported} from '@tapehead/${from}'${without === undefined ? '' : ` without ${without}`}`,
    path: `../../packages/${folder}/dist/${entry}.js`,
    import: imported,
    ignore: ['@tensorflow/*', 'node:*', 'webgpu', ...(without === undefined ? [] : [without])],
    gzip: true,
    limit: `${limit} B`,
    modifyEsbuildConfig: (config) => ({ ...config, format: 'esm' }),
  };
});
