import { parentPort } from 'node:worker_threads';
import { type BackendChoice, useBackend } from '@tapehead/backend';
import { TapeheadError } from '@tapehead/core';
import { meanCost, type Progress } from '@tapehead/training';
import { createBirpc } from 'birpc';
import { registerKernels } from './backend.js';
import { assess } from './reproduce/assess.js';
import { begin, type Learned, type Lesson, learn } from './reproduce/learn.js';

/** What a worker is asked. */
export interface RunWorker {
  /** Trains one run, and measures it where it came to its end. */
  work(job: Job): Promise<Learned>;
  /** Asks it to save and to come to a stop. */
  stop(): void;
}

/** What it tells. */
export interface RunWatcher {
  progress(progress: Progress): void;
  assessing(): void;
}

export interface Job extends Lesson {
  backend: BackendChoice;
  /** `train`: up to its target, then measure it; `assess`: measure it as it is. */
  purpose: 'train' | 'assess';
}

/** Milliseconds between two tellings. */
const TELL_EVERY = 200;

const port = parentPort;
if (port === null) throw new TapeheadError('argument', 'runWorker: expected to run in a worker');
const stopping = new AbortController();

const watcher = createBirpc<RunWatcher, RunWorker>(
  {
    async work(job) {
      const { backend, engine } = job;
      await useBackend(backend);
      if (engine !== 'reference') await registerKernels(engine);
      const begun = await begin(job);
      const { run, net } = begun;
      const learned =
        job.purpose === 'train'
          ? await learn(begun, { ...job, signal: stopping.signal, tell: now() })
          : undefined;
      if (learned === undefined || learned.stop === 'finished') {
        watcher.assessing.asEvent();
        await assess(job.place, net, run);
      }
      const { sequences, cost } = run;
      return learned ?? { stop: 'finished', sequences, cost: meanCost(run), unit: cost.unit, seconds: 0 };
    },
    stop() {
      stopping.abort();
    },
  },
  { post: (message) => port.postMessage(message), on: (receive) => port.on('message', receive), timeout: -1 },
);

/** Tells now and then. */
function now(): (progress: Progress) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (progress) => {
    if (performance.now() - last < TELL_EVERY) return;
    last = performance.now();
    watcher.progress.asEvent(progress);
  };
}
