import { count } from '../output.js';
import { LONG_SEQUENCES } from '../reproduce/largerTape.js';
import { evaluated, modelTitles, type TaskGroups } from './groups.js';
import { spreadOf } from './statistics.js';
import type { Table } from './tables.js';
import { bitsText, percent, plural, spreadText } from './words.js';

/** How each machine does with more rows than in training. */
export function largerTapeTable({ groups }: TaskGroups): Table | undefined {
  const measured = groups.map((group) => ({
    group,
    tapes: evaluated(group).flatMap(({ largerTape }) => largerTape ?? []),
  }));
  const [first] = measured.flatMap(({ tapes }) => tapes);
  if (first === undefined) return undefined;
  const rows = measured.flatMap(({ group, tapes }) => {
    const points = tapes.flatMap(({ memorySize, points }) =>
      points.map((point) => ({ memorySize, ...point })),
    );
    const sizes = [...new Set(points.map(({ at }) => at))].sort((one, other) => one - other);
    return sizes.map((at) => {
      const there = points.filter((point) => point.at === at);
      return [
        modelTitles[group.model],
        [...new Set(there.map(({ memorySize }) => count(memorySize)))].join(', '),
        count(at),
        spreadText(spreadOf(there.map(({ cost }) => cost)), bitsText),
        spreadText(spreadOf(there.flatMap(({ wrong }) => wrong?.fraction ?? [])), percent),
      ];
    });
  });
  return { head: ['model', 'rows', first.unit, 'bits a sequence', 'wrong bits'], rows };
}

export const largerTapeText =
  'The same nets with ten times the rows that they were trained with: `withMemorySize` of `@tapehead/ntm`, ' +
  `\`tapehead evaluate --memory-size\`. ${plural(LONG_SEQUENCES, 'fresh sequence')} of each size for each seed.`;
