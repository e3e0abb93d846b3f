import { it } from 'vitest';
import { episodeOn, inChromium, type Open } from './browser.js';

const RUNS = 5;

/** Notes how long tasks of the main thread keep the page from answering, where that is 50 ms or more. */
const noteLongTasks = `
  globalThis.longTasks = [];
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longTasks.push(duration);
  }).observe({ type: 'longtask' });
`;

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** Time on the processor, in microseconds. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/** The most processor time that a task of the page's main thread took, in milliseconds. */
function longestTask(trace: Buffer): number {
  const { traceEvents }: { traceEvents: TraceEvent[] } = JSON.parse(trace.toString());
  const main = traceEvents.filter(
    ({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain',
  );
  const threads = new Set(main.map(({ pid, tid }) => `${pid} ${tid}`));
  const tasks = traceEvents.filter(
    ({ name, pid, tid }) => name.endsWith('RunTask') && threads.has(`${pid} ${tid}`),
  );
  return Math.max(...tasks.map(({ tdur = 0 }) => tdur / 1000));
}

// These measure and claim nothing: how long it takes is the machine's, and what else runs on it.
inChromium('figures', (open) => {
  it('of the first view', async () => {
    const seconds: number[] = [];
    while (seconds.length < RUNS) {
      const began = performance.now();
      const page = await open();
      await episodeOn(page);
      seconds.push((performance.now() - began) / 1000);
      await page.context().close();
    }
    tell('an episode of a trained net after', seconds, 's');
  });

  it('of training', async () => {
    const figures: { solved: number; work: number; wait: number }[] = [];
    while (figures.length < RUNS) figures.push(await solveCopy(open));
    const all = (key: 'solved' | 'work' | 'wait') => figures.map((each) => each[key]);
    tell('copy solved from scratch after', all('solved'), 's');
    tell("the longest task of the page's thread took, of processor time,", all('work'), 'ms');
    tell('and by the clock (0 is under 50)', all('wait'), 'ms');
  });
});

async function solveCopy(open: Open): Promise<{ solved: number; work: number; wait: number }> {
  const page = await open({ before: (page) => page.addInitScript(noteLongTasks) });
  const browser = page.context().browser();
  await episodeOn(page);
  await page.locator('.card').last().waitFor();
  await browser?.startTracing(page, { categories: ['toplevel'] });
  const began = performance.now();
  await page.getByRole('button', { name: 'Train', exact: true }).click();
  await page.locator('#solved').waitFor();
  const solved = (performance.now() - began) / 1000;
  const work = longestTask((await browser?.stopTracing()) ?? Buffer.of());
  const wait = Math.max(0, ...(await page.evaluate<number[]>('longTasks')));
  await page.context().close();
  return { solved, work, wait };
}

function tell(what: string, values: readonly number[], unit: string): void {
  const shown = [...values].sort((one, other) => one - other).map((value) => value.toPrecision(3));
  process.stderr.write(`${what} ${shown.join(', ')} ${unit}\n`);
}
