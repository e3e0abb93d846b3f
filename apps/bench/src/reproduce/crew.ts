import { Worker } from 'node:worker_threads';
import type { Progress } from '@tapehead/training';
import { createBirpc } from 'birpc';
import pLimit from 'p-limit';
import { messageOf } from '../exit.js';
import type { Job, RunWatcher, RunWorker } from '../runWorker.js';
import type { Learned } from './learn.js';

export interface CrewOptions<Named> {
  /** In the order in which they are begun. */
  jobs: readonly (Named & { job: Job })[];
  /** Runs side by side. */
  atOnce: number;
  /** Lets every run save and come to a stop. */
  signal: AbortSignal;
  tell: (news: News, of: Named) => void;
}

/** What becomes of a run. */
export type News =
  | { kind: 'begun' }
  | { kind: 'progress'; progress: Progress }
  | { kind: 'assessing' }
  | { kind: 'ended'; learned: Learned };

/** Runs each job in a worker of its own, several at once, until all are done or told to stop. */
export async function runCrew<Named>({ jobs, atOnce, signal, tell }: CrewOptions<Named>): Promise<Learned[]> {
  const limit = pLimit(atOnce);
  const ended = await Promise.all(
    jobs.map((each) =>
      limit(async () => {
        if (signal.aborted) return [];
        tell({ kind: 'begun' }, each);
        const learned = await workOn(each.job, signal, (news) => tell(news, each));
        tell({ kind: 'ended', learned }, each);
        return [learned];
      }),
    ),
  );
  return ended.flat();
}

/** A worker that breaks down is a run that failed: others go on. */
async function workOn(job: Job, signal: AbortSignal, tell: (news: News) => void): Promise<Learned> {
  const worker = new Worker(new URL('./runWorker.js', import.meta.url));
  const lost = new Promise<never>((_, reject) => {
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`its worker ended with code ${code}`)));
  });
  const watcher: RunWatcher = {
    progress: (progress) => tell({ kind: 'progress', progress }),
    assessing: () => tell({ kind: 'assessing' }),
  };
  const remote = createBirpc<RunWorker, RunWatcher>(watcher, {
    post: (message) => worker.postMessage(message),
    on: (receive) => worker.on('message', receive),
    timeout: -1,
  });
  const stop = () => void remote.stop.asEvent();
  signal.addEventListener('abort', stop);
  try {
    return await Promise.race([remote.work(job), lost]);
  } catch (error) {
    return {
      stop: 'failed',
      sequences: 0,
      cost: Number.NaN,
      unit: '',
      seconds: 0,
      failure: messageOf(error),
    };
  } finally {
    signal.removeEventListener('abort', stop);
    lost.catch(() => {});
    await worker.terminate();
  }
}
