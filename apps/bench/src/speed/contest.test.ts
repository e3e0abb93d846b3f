import { expect, it } from 'vitest';
import { type Contestant, contest, ROUNDS, takeTurns, WARM_UP } from './contest.js';

/** Takes as many milliseconds as it is told, and notes when it was asked. */
function clockwork(name: string, ms: { train: number; infer: number }, asked: string[]): Contestant {
  return {
    name,
    async times(pass, { least }) {
      asked.push(`${name} ${pass}`);
      return Array.from({ length: least }, () => ms[pass]);
    },
    async end() {},
  };
}

it('warms all up first, then lets them take turns, so that all meet the same load', async () => {
  const asked: string[] = [];
  const contestants = [
    clockwork('a', { train: 3, infer: 1 }, asked),
    clockwork('b', { train: 5, infer: 2 }, asked),
  ];
  expect(await contest(contestants, 1)).toEqual([
    { name: 'a', trainMs: { median: 3, min: 3, max: 3 }, inferMs: { median: 1, min: 1, max: 1 } },
    { name: 'b', trainMs: { median: 5, min: 5, max: 5 }, inferMs: { median: 2, min: 2, max: 2 } },
  ]);
  const turn = ['a train', 'b train', 'a infer', 'b infer'];
  const turns = Array.from({ length: ROUNDS }, () => turn).flat();
  expect(asked).toEqual(['a train', 'a infer', 'b train', 'b infer', ...turns]);
});

it('the warm-up does not count', async () => {
  let calls = 0;
  const slowAtFirst: Contestant = {
    name: 'x',
    times: async () => [calls++ < 2 ? 1000 : 1],
    end: async () => {},
  };
  const [speed] = await contest([slowAtFirst], 1);
  expect(speed?.trainMs.max).toBe(1);
});

it('a slow one runs once to warm up, and a pass that one does not have stays empty', async () => {
  const spans: string[] = [];
  const contestant = (name: string, isSlow: boolean): Contestant<'whole' | 'part'> => ({
    name,
    isSlow,
    async times(pass, { seconds, least }) {
      spans.push(`${name} ${pass} ${seconds} ${least}`);
      return pass === 'part' && isSlow ? [] : [1];
    },
    async end() {},
  });
  const measured = await takeTurns(
    [contestant('quick', false), contestant('slow', true)],
    ['whole', 'part'],
    ROUNDS,
  );
  expect(spans.slice(0, 4)).toEqual([
    ...[`quick whole ${WARM_UP.seconds} ${WARM_UP.least}`, `quick part ${WARM_UP.seconds} ${WARM_UP.least}`],
    ...['slow whole 0 1', 'slow part 0 1'],
  ]);
  expect(spans.slice(4, 8)).toEqual(['quick whole 1 1', 'slow whole 1 1', 'quick part 1 1', 'slow part 1 1']);
  expect(measured.map(({ times }) => [times.get('whole')?.length, times.get('part')?.length])).toEqual([
    [ROUNDS, ROUNDS],
    [ROUNDS, 0],
  ]);
});
