import * as v from 'valibot';
import type { EpisodeSpec } from './episodeSpec.js';
import { type NetName, netNames } from './look.js';
import { meddlingFrom, meddlingText } from './meddlingText.js';
import { backends, controllers, copyRun, defaultsFor, type RunSettings } from './settings.js';
import { taskList } from './taskTexts.js';

/** All that a link says: a run, an episode, and what of it is looked at. */
export interface Address {
  readonly settings: RunSettings;
  readonly spec: EpisodeSpec;
  readonly net: NetName;
  readonly step: number | undefined;
}

/** What was refused, for people. */
export type Refused = readonly string[];

const whole = (least: number, most: number) =>
  v.pipe(v.string(), v.regex(/^\d+$/), v.transform(Number), v.minValue(least), v.maxValue(most));
const positive = v.pipe(v.string(), v.transform(Number), v.finite(), v.gtValue(0));
const fraction = v.pipe(v.string(), v.transform(Number), v.minValue(0), v.ltValue(1));
const LARGEST_SEED = 2 ** 32 - 1;

/** A parameter of the link for each setting: its key, and what it may be. */
const params = {
  controller: ['controller', v.picklist(controllers)],
  controllerSize: ['size', whole(1, 1024)],
  layers: ['layers', whole(1, 4)],
  heads: ['heads', whole(1, 16)],
  memorySize: ['rows', whole(3, 1024)],
  memoryDim: ['columns', whole(1, 128)],
  learningRate: ['rate', positive],
  rateHalfAfter: ['half', whole(1, 1e9)],
  decay: ['decay', fraction],
  batch: ['batch', whole(1, 256)],
  seed: ['seed', whole(0, LARGEST_SEED)],
  backend: ['backend', v.picklist(backends)],
} as const;
type Setting = keyof typeof params;

const TASK_SETTING = 'task.';
const AXIS = 'at.';
const firstSpec: EpisodeSpec = { seed: 1, size: {}, bits: [], meddling: [] };

/** Reads what follows the `#` of a link. What makes no sense is left out and named. */
export function addressOf(hash: string): { address: Address; refused: Refused } {
  const query = new URLSearchParams(hash.replace(/^#/, ''));
  const refused: string[] = [];
  const read = <T>(key: string, schema: v.GenericSchema<string, T>, otherwise: T): T => {
    const text = query.get(key);
    if (text === null) return otherwise;
    const result = v.safeParse(schema, text);
    if (result.success) return result.output;
    refused.push(`${key}=${text}`);
    return otherwise;
  };
  const numbers = (prefix: string): Record<string, number> => {
    const keys = [...query.keys()].filter((key) => key.startsWith(prefix));
    const entries = keys.map((key) => [key.slice(prefix.length), read(key, whole(0, 1e6), Number.NaN)]);
    return Object.fromEntries(entries.filter(([, value]) => !Number.isNaN(value)));
  };
  const own = defaultsFor(read('task', v.picklist(taskList), copyRun.task));
  const settings: RunSettings = {
    ...own,
    taskSettings: numbers(TASK_SETTING),
    controller: read(params.controller[0], params.controller[1], own.controller),
    controllerSize: read(params.controllerSize[0], params.controllerSize[1], own.controllerSize),
    layers: read(params.layers[0], params.layers[1], own.layers),
    heads: read(params.heads[0], params.heads[1], own.heads),
    memorySize: read(params.memorySize[0], params.memorySize[1], own.memorySize),
    memoryDim: read(params.memoryDim[0], params.memoryDim[1], own.memoryDim),
    learningRate: read(params.learningRate[0], params.learningRate[1], own.learningRate),
    rateHalfAfter: read(params.rateHalfAfter[0], params.rateHalfAfter[1], own.rateHalfAfter),
    decay: read(params.decay[0], params.decay[1], own.decay),
    batch: read(params.batch[0], params.batch[1], own.batch),
    seed: read(params.seed[0], params.seed[1], own.seed),
    backend: read(params.backend[0], params.backend[1], own.backend),
  };
  const spec: EpisodeSpec = {
    seed: read('episode', whole(0, LARGEST_SEED), firstSpec.seed),
    size: numbers(AXIS),
    bits: read('bits', v.pipe(v.string(), v.regex(/^[01]*$/)), '')
      .split('')
      .map((bit) => (bit === '1' ? 1 : 0)),
    meddling: meddlingFrom(query.get('do') ?? '', refused),
  };
  const net = read('net', v.picklist(netNames), 'trained');
  return {
    address: { settings, spec, net, step: read<number | undefined>('step', whole(0, 1e6), undefined) },
    refused,
  };
}

/** The link's part after the `#`; what is as it would be anyway is left out. */
export function hashOf({ settings, spec, net, step }: Address): string {
  const own = defaultsFor(settings.task);
  const query = new URLSearchParams();
  if (settings.task !== copyRun.task) query.set('task', settings.task);
  for (const [name, [key]] of Object.entries(params) as [Setting, (typeof params)[Setting]][]) {
    if (settings[name] !== own[name]) query.set(key, String(settings[name]));
  }
  for (const [name, value] of Object.entries(settings.taskSettings))
    query.set(TASK_SETTING + name, String(value));
  if (net !== 'trained') query.set('net', net);
  if (spec.seed !== firstSpec.seed) query.set('episode', String(spec.seed));
  for (const [name, value] of Object.entries(spec.size)) query.set(AXIS + name, String(value));
  if (spec.bits.length > 0) query.set('bits', spec.bits.join(''));
  if (spec.meddling.length > 0) query.set('do', spec.meddling.map(meddlingText).join(' '));
  if (step !== undefined) query.set('step', String(step));
  return query.toString();
}
