import { TapeheadError } from '@tapehead/core';
import { NTM, type NtmConfig } from '@tapehead/ntm';
import { createTask, type Task } from '@tapehead/tasks';
import { decodeCheckpoint, restoreParameters, type TrainingState } from '@tapehead/training';
import type { NetName } from '../run/look.js';

/** A net that can be looked at. */
export interface Known {
  readonly net: NTM;
  readonly task: Task;
  /** What it was trained with. */
  readonly sequences: number;
}

/** The checkpoints that came with the page, by name: `copy`, `copy-half`. */
const files = Object.fromEntries(
  Object.entries(
    import.meta.glob<string>('../../checkpoints/*.safetensors', {
      query: '?url',
      import: 'default',
      eager: true,
    }),
  ).map(([path, url]) => [path.replace(/^.*\/|\.safetensors$/g, ''), url]),
);

const suffix = { trained: '', half: '-half' } as const;
type Shipped = keyof typeof suffix;

/** The nets that came with the page for a task. */
export function shippedFor(task: string): Shipped[] {
  return (['trained', 'half'] as const).filter((name) => files[task + suffix[name]] !== undefined);
}

/** Asks for a net of the page before it is needed; the browser keeps what comes. */
export function prefetch(task: string): void {
  const url = files[task];
  if (url !== undefined) fetch(new URL(url, import.meta.url)).catch(() => {});
}

/** Loads each net of the page once. */
export function createShelf(): (task: string, name: Exclude<NetName, 'yours'>) => Promise<Known> {
  const loaded = new Map<string, Promise<Known>>();
  const load = async (task: string, name: Exclude<NetName, 'yours'>): Promise<Known> => {
    const state = await fetched(task, name === 'half' ? 'half' : 'trained');
    return name === 'untrained' ? untrained(state) : knownOf(state);
  };
  return (task, name) => {
    const key = `${task} ${name}`;
    const found = loaded.get(key) ?? load(task, name);
    loaded.set(key, found);
    found.catch(() => loaded.delete(key));
    return found;
  };
}

async function fetched(task: string, name: Shipped): Promise<TrainingState> {
  const url = files[task + suffix[name]];
  if (url === undefined) throw new TapeheadError('argument', `there is no net for ${task} on this page`);
  const response = await fetch(new URL(url, import.meta.url));
  if (!response.ok) throw new Error(`${response.url}: ${response.status} ${response.statusText}`);
  return decodeCheckpoint(new Uint8Array(await response.arrayBuffer()));
}

export function knownOf(state: TrainingState): Known {
  const net = netOf(state.model);
  restoreParameters(net, state.parameters);
  return { net, task: taskOf(state), sequences: state.sequences };
}

/** The same net as it was before its first update: its configuration holds its seed. */
function untrained(state: TrainingState): Known {
  return { net: netOf(state.model), task: taskOf(state), sequences: 0 };
}

function taskOf({ task }: TrainingState): Task {
  return createTask(task.name, task.settings);
}

/** @throws TapeheadError `checkpoint` for a configuration that is none of an NTM with a controller of the paper */
export function netOf(config: object | undefined): NTM {
  if (!isBuildable(config)) {
    throw new TapeheadError(
      'checkpoint',
      'checkpoint: expected that of an NTM with an LSTM or feed-forward controller',
    );
  }
  return NTM.build(config);
}

type Buildable = NtmConfig & { readonly controller: 'lstm' | 'feedforward' };

/** `NTM.build` checks the values themselves. */
function isBuildable(config: object | undefined): config is Buildable {
  if (config === undefined || !('controller' in config)) return false;
  return config.controller === 'lstm' || config.controller === 'feedforward';
}
