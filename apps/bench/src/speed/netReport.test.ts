import { expect, it } from 'vitest';
import type { Measured } from './contest.js';
import type { NetPass } from './inProcess.js';
import { compileEvent, compileRows, netEvents, netRows } from './netReport.js';

const measured: Measured<NetPass>[] = [
  {
    name: 'scan',
    times: new Map<NetPass, number[]>([
      ['train', [2, 4, 3]],
      ['infer', []],
      ['inferKernels', [0.5]],
    ]),
  },
  { name: 'loop', times: new Map([['train', [20, 24, 40]]]) },
];

it('sets the least and the median of each program against those of the first', () => {
  expect(netRows('dnc', 16, measured)).toEqual([
    ['dnc', '16', 'training', 'scan', '2.00', '3.00', '', ''],
    ['dnc', '16', 'training', 'loop', '20.00', '24.00', '10', '8'],
    ['dnc', '16', 'forward, kernels alone', 'scan', '0.50', '0.50', '', ''],
  ]);
});

it('is an event per program, with the passes that it has', () => {
  expect(netEvents({ net: 'dnc', batch: 16 }, measured)).toEqual([
    {
      event: 'net',
      net: 'dnc',
      batch: 16,
      program: 'scan',
      threads: 1,
      trainMs: { min: 2, median: 3, max: 4 },
      inferKernelsMs: { min: 0.5, median: 0.5, max: 0.5 },
    },
    {
      event: 'net',
      net: 'dnc',
      batch: 16,
      program: 'loop',
      threads: 1,
      trainMs: { min: 20, median: 24, max: 40 },
      ratio: { train: { min: 10, median: 8 } },
    },
  ]);
});

it('numbers the compilations of a net', () => {
  const times = [
    { compile: 210.04, processor: 300.2, firstGradient: 230.9 },
    { compile: 80.26, processor: 90, firstGradient: 85 },
  ];
  expect(compileRows('ntm', times)).toEqual([
    ['ntm', '1', '210', '300', '231'],
    ['ntm', '2', '80', '90', '85'],
  ]);
  expect(compileEvent('ntm', times)).toEqual({
    event: 'compile',
    net: 'ntm',
    compileMs: [210, 80.3],
    processorMs: [300.2, 90],
    firstGradientMs: [230.9, 85],
  });
});
