/** What people import, and the most bytes that it may weigh, minified and gzipped, without tfjs: 6 to 8 % above what it does. */
const limits = [
  { from: 'addressing', limit: 2500 },
  { from: 'addressing', names: ['sharpen'], limit: 680 },
  { from: 'addressing', names: ['contentAddressing'], limit: 790 },
  { from: 'addressing', names: ['address'], limit: 1850 },
  { from: 'addressing/fused', limit: 11500 },
  { from: 'memory', limit: 1500 },
  { from: 'memory', names: ['read'], limit: 520 },
  { from: 'memory', names: ['write'], limit: 1100 },
  { from: 'memory/fused', limit: 5700 },
  { from: 'controller', limit: 1950 },
  { from: 'controller', names: ['lstmStep'], limit: 950 },
  { from: 'controller/fused', limit: 8500 },
  { from: 'ntm', limit: 12300 },
  { from: 'ntm', names: ['LSTMBaseline'], limit: 11800 },
  { from: 'ntm/fused', limit: 52600 },
  { from: 'tasks', limit: 9600 },
  { from: 'tasks', names: ['costInBits'], limit: 3650 },
  { from: 'tasks', names: ['copy'], limit: 3150 },
  { from: 'training', limit: 16400 },
  { from: 'training', names: ['gravesRmsProp'], limit: 2550 },
  { from: 'training', names: ['decodeSafetensors'], limit: 3500 },
  { from: 'training/fused', limit: 6700 },
  { from: 'training/node', limit: 3050 },
  { from: 'training/workers', limit: 10900 },
  { from: 'backend', limit: 1950 },
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
