import type { BackendName } from '@tapehead/backend';
import { createTask, type Episode, optimalBits, type Task, type TaskName, taskNames } from '@tapehead/tasks';
import { captureState, decodeCheckpoint, encodeCheckpoint, isSolved } from '@tapehead/training';
import { transfer } from 'comlink';
import type { EpisodeSpec } from '../run/episodeSpec.js';
import type { Answer, Look, NetName, OwnInput } from '../run/look.js';
import type { RunSettings } from '../run/settings.js';
import { sizesToChoose } from '../run/size.js';
import { availableBackends, type Gpu, startBackend } from './backend.js';
import { episodeOf, ownInputOf } from './episode.js';
import { lookAt } from './look.js';
import { createShelf, type Known, prefetch, shippedFor } from './nets.js';
import type { Pace } from './pace.js';
import { disposeRun, newRun, resumed, settingsOf, type Trained } from './recipe.js';
import { type Ended, type News, stepAndTell, trainAndTell } from './training.js';

/** What the page has to know of a task. */
export interface TaskFacts {
  readonly name: TaskName;
  readonly settings: Readonly<Record<string, number>>;
  readonly axes: readonly {
    readonly name: string;
    readonly unit: string;
    readonly trained: { readonly least: number; readonly most: number };
    readonly choose: { readonly least: number; readonly most: number };
  }[];
  readonly shipped: readonly NetName[];
}

export interface Ready {
  readonly backends: readonly BackendName[];
  readonly tasks: readonly TaskFacts[];
}

/** What is known of the page's own run. */
export interface RunFacts {
  readonly sequences: number;
  readonly parameters: number;
  readonly engine: 'fused' | 'reference';
  readonly solved: boolean;
}

/** Everything that computes, for a worker to offer; one net trains at a time. */
export function createLab() {
  const shelf = createShelf();
  let gpu: Gpu = { lost: new Promise(() => {}) };
  let own: Trained | undefined;
  let pace: Pace = 'full';
  let watched: EpisodeSpec | undefined;
  let stop = new AbortController();
  let training: Promise<Ended> | undefined;

  function ownRun(): Trained {
    if (own === undefined) throw new Error('there is no run yet');
    return own;
  }

  function known(name: NetName, task: string): Promise<Known> {
    if (name !== 'yours') return shelf(task, name);
    const { net, run } = ownRun();
    return Promise.resolve({ net, task: run.task, sequences: run.sequences });
  }

  async function replace(make: () => Trained | Promise<Trained>): Promise<RunFacts> {
    stop.abort();
    await training;
    const next = await make();
    if (own !== undefined) disposeRun(own);
    own = next;
    return factsOf(next);
  }

  return {
    async open(backend: BackendName, task: TaskName): Promise<Ready> {
      prefetch(task);
      gpu = await startBackend(backend);
      return { backends: await availableBackends(), tasks: taskNames.map(factsOfTask) };
    },

    /** Begins a run, without a first update. */
    begin: (settings: RunSettings): Promise<RunFacts> => replace(() => newRun(settings)),

    /** Goes on with the run of a checkpoint, once it is asked to train. */
    async resume(bytes: Uint8Array): Promise<RunFacts & { settings: RunSettings }> {
      const state = decodeCheckpoint(bytes);
      return { ...(await replace(() => resumed(state))), settings: settingsOf(state) };
    },

    /** The run as the bytes of a checkpoint, such as the command line reads and writes. */
    async checkpoint(): Promise<Uint8Array> {
      const bytes = encodeCheckpoint(await captureState(ownRun().run));
      return transfer(bytes, [bytes.buffer]);
    },

    /** Trains until it is paused, or solved for the first time. */
    train(until: 'solved' | 'paused', tell: (news: News) => Promise<void>): Promise<Ended> {
      stop = new AbortController();
      const trained = ownRun();
      const look = async (): Promise<Look | undefined> =>
        watched && lookThrough(await known('yours', ''), watched);
      const work = trainAndTell(trained, { until, pace: () => pace, signal: stop.signal, look, tell });
      const lost = gpu.lost.then((reason): Ended => {
        const trouble = { kind: 'GPU lost', message: `The browser took the GPU away: ${reason}` } as const;
        return { why: 'trouble', trouble, solved: false };
      });
      training = Promise.race([work, lost]);
      return training;
    },

    /** One update. */
    step: (): Promise<Ended> => stepAndTell(ownRun()),

    async pause(): Promise<void> {
      stop.abort();
      await training;
    },

    setPace(next: Pace): void {
      pace = next;
    },

    /** Which episode to show of the net that trains; none while another net is looked at. */
    watch(spec: EpisodeSpec | undefined): void {
      watched = spec;
    },

    async look(net: NetName, task: string, spec: EpisodeSpec): Promise<Look> {
      return lookThrough(await known(net, task), spec);
    },

    /** What of the episode a person may say. */
    async ownInput(net: NetName, task: string, spec: EpisodeSpec): Promise<OwnInput> {
      return ownInputOf((await known(net, task)).task, spec);
    },

    /** The same episode through several nets. */
    async compare(nets: readonly NetName[], task: string, spec: EpisodeSpec): Promise<Answer[]> {
      const answers: Answer[] = [];
      for (const name of nets) answers.push(await answerOf(name, await known(name, task), spec));
      return answers;
    },
  };
}

export type Lab = ReturnType<typeof createLab>;

async function lookThrough({ net, task }: Known, spec: EpisodeSpec): Promise<Look> {
  const { episode } = episodeOf(task, spec);
  const look = { ...(await lookAt(net, episode, spec.meddling)), ...bestOf(task, episode) };
  return transfer(look, buffersOf(look));
}

/** The cost that nobody can beat on average, where it is not 0. */
function bestOf(task: Task, episode: Episode): Pick<Look, 'best'> {
  if (task.name !== 'ngrams') return {};
  const context: unknown = Reflect.get(task.settings, 'context');
  return { best: optimalBits(episode, typeof context === 'number' ? context : undefined) };
}

/** What need not be copied on the way to the page; an episode's own arrays are views of it and stay. */
function buffersOf({ memory, heads }: Look): ArrayBufferLike[] {
  const arrays = heads.flatMap((head) => Object.values(head).filter((part) => part instanceof Float32Array));
  return [...new Set([memory, ...arrays].map(({ buffer }) => buffer))];
}

async function answerOf(name: NetName, { net, task, sequences }: Known, spec: EpisodeSpec): Promise<Answer> {
  const look = await lookAt(net, episodeOf(task, spec).episode, spec.meddling);
  const { output, mask, bits, wrong, scored, heads } = look;
  const readWeights = heads.find(({ kind }) => kind === 'read')?.sharpened ?? new Float32Array();
  return { net: name, sequences, output, mask, readWeights, bits, wrong, scored };
}

function factsOf({ net, run }: Trained): RunFacts {
  const parameters = Object.values(net.trainable).reduce((sum, { size }) => sum + size, 0);
  return { sequences: run.sequences, parameters, engine: net.runsOn, solved: isSolved(run) };
}

function factsOfTask(name: TaskName): TaskFacts {
  const task = createTask(name);
  const settings = Object.entries(task.settings).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number',
  );
  const axes = task.axes.map(({ name, unit, trained, measured }) => ({
    name,
    unit,
    trained,
    choose: sizesToChoose(trained, measured),
  }));
  const shipped = shippedFor(name);
  return {
    name,
    settings: Object.fromEntries(settings),
    axes,
    shipped: shipped.length > 0 ? [...shipped, 'untrained'] : [],
  };
}
