/** What people import, and the most bytes that it may weigh, minified and gzipped, without tfjs: 6 to 8 % above what it does. */
const limits = [
  { from: 'addressing', limit: 5150 },
  { from: 'addressing', names: ['sharpen'], limit: 1690 },
  { from: 'addressing', names: ['contentAddressing'], limit: 2140 },
  { from: 'addressing', names: ['address'], limit: 3680 },
  { from: 'addressing/dnc', limit: 2900 },
  { from: 'addressing/mann', limit: 2540 },
  { from: 'addressing/fused', limit: 17800 },
  { from: 'memory', limit: 3960 },
  { from: 'memory', names: ['read'], limit: 1850 },
  { from: 'memory', names: ['write'], limit: 2480 },
  { from: 'memory/fused', limit: 10300 },
  { from: 'controller', limit: 5120 },
  { from: 'controller', names: ['lstmStep'], limit: 2530 },
  { from: 'controller/fused', limit: 12500 },
  { from: 'ntm', limit: 13100 },
  { from: 'ntm', names: ['LSTMBaseline'], limit: 12600 },
  { from: 'ntm/fused', limit: 52900 },
  { from: 'tasks', limit: 9800 },
  { from: 'tasks', names: ['costInBits'], limit: 3650 },
  { from: 'tasks', names: ['copy'], limit: 3150 },
  { from: 'training', limit: 25600 },
  { from: 'training', names: ['gravesRmsProp'], limit: 2550 },
  { from: 'training', names: ['decodeSafetensors'], limit: 8050 },
  { from: 'training/fused', limit: 7100 },
  { from: 'training/node', limit: 10050 },
  { from: 'training/workers', limit: 11100 },
  { from: 'backend', limit: 2050 },
];

export default limits.map(({ from, names, limit }) => {
  const [folder, entry = 'index'] = from.split('/');
  const imported = names === undefined ? '*' : `{ ${names.join(', ')} }`;
  return {
    name: `import ${imported} from '@tapehead/${from}'`,
    path: `../../packages/${folder}/dist/${entry}.js`,
    import: imported,
    ignore: ['@tensorflow/*', 'node:*', 'webgpu'],
    gzip: true,
    limit: `${limit} B`,
    modifyEsbuildConfig: (config) => ({ ...config, format: 'esm' }),
  };
});
