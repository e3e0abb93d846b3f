import type { Layout, Region, Spot } from '../plan/layout.js';

/** Regions with a row for each step and sequence. */
const stepRegions: readonly Region[] = [
  'x',
  'out',
  'frame',
  'frameBefore',
  'between',
  'outputSlope',
  'slopeIn',
  'slopeOut',
  'late',
  'xSlope',
];
const frames: readonly Region[] = ['frame', 'frameBefore'];
const slopes: readonly Region[] = ['slopeIn', 'slopeOut'];

/** Where cells lie, and how rows follow each other in regions. */
export interface Regions {
  spotOf(cell: number): Spot;
  /** The floats of a row. */
  pitchOf(region: Region): number;
  /** Whether the region has rows at all: one for each sequence, at least. */
  isByRows(region: Region): boolean;
  /** Whether each step of each sequence has a row of its own. */
  isBySteps(region: Region): boolean;
  /** The regions that swap places from step to step, of which this is one; the region alone where none do. */
  ringOf(region: Region): readonly Region[];
}

export function createRegions({ spots, pitches, framesAre, slopesAre }: Layout): Regions {
  const rings = [...(framesAre === 'two' ? [frames] : []), ...(slopesAre === 'two' ? [slopes] : [])];
  const ringOf = (region: Region) => rings.find((ring) => ring.includes(region)) ?? [region];
  return {
    spotOf: (cell) => spots.get(cell) ?? { region: 'scratch', offset: 0 },
    pitchOf: (region) => pitches[pitchName(region)] ?? 0,
    isByRows: (region) => stepRegions.includes(region) || region === 'batch',
    isBySteps: (region) => stepRegions.includes(region) && ringOf(region).length === 1,
    ringOf,
  };
}

function pitchName(region: Region): string {
  if (region === 'frameBefore') return 'frame';
  return region === 'slopeOut' ? 'slopeIn' : region;
}
