import { batch, effect, untracked } from '@preact/signals';
import { proxy, transfer } from 'comlink';
import type { RunFacts } from '../engine/lab.js';
import type { Pace } from '../engine/pace.js';
import type { Ended, News } from '../engine/training.js';
import { troubleOf } from '../engine/trouble.js';
import { addressOf, hashOf } from './address.js';
import { type Connection, connect } from './connect.js';
import type { EpisodeSpec, Meddling } from './episodeSpec.js';
import { latest } from './latest.js';
import { defaultsFor, type RunSettings } from './settings.js';
import * as store from './store.js';
import { thinned } from './thinned.js';

let connection: Connection | undefined;
let seconds = 0;

/** What the worker answers; if it breaks, whoever waits is told, and so is the reader. */
async function ask<T>(question: (lab: Connection['lab']) => Promise<T>): Promise<T> {
  const { lab, died } = connection ?? open();
  try {
    return await Promise.race([question(lab), died]);
  } catch (error) {
    batch(() => {
      store.trouble.value = troubleOf(error);
      store.phase.value = 'resting';
    });
    throw error;
  }
}

function open(): Connection {
  connection?.close();
  connection = connect();
  return connection;
}

/** Starts a worker on the backend of the settings, with a run that has not begun. */
async function start(): Promise<void> {
  store.phase.value = 'starting';
  open();
  const { backend, task } = store.settings.value;
  store.ready.value = await ask((lab) => lab.open(backend, task));
  await begin();
}

/** Begins the run of the settings. */
async function begin(): Promise<void> {
  const facts = await ask((lab) => lab.begin(store.settings.value));
  rest(facts);
  store.openedFile.value = undefined;
}

function rest(facts: RunFacts): void {
  seconds = 0;
  batch(() => {
    store.run.value = facts;
    store.curve.value = [];
    store.news.value = undefined;
    store.trouble.value = undefined;
    store.solved.value = undefined;
    store.phase.value = 'resting';
  });
}

export function say(words: string): void {
  store.spoken.value = words;
}

/** Changes the run, which begins anew; an episode of another task begins anew too. */
export async function change(changed: Partial<RunSettings>): Promise<void> {
  const before = store.settings.value;
  const task = changed.task ?? before.task;
  const base = task === before.task ? before : { ...defaultsFor(task), backend: before.backend };
  batch(() => {
    store.settings.value = { ...base, ...changed };
    if (task !== before.task) {
      store.spec.value = { seed: 1, size: {}, bits: [], meddling: [] };
      store.step.value = undefined;
      store.look.value = undefined;
      store.ownInput.value = undefined;
      store.answers.value = [];
    }
  });
  await (changed.backend === undefined ? begin() : start()).catch(() => {});
}

/** Trains from the beginning. */
export const reset = (): Promise<void> => begin().catch(() => {});

export async function train(): Promise<void> {
  if (store.phase.value !== 'resting') return;
  const until = store.run.value?.solved || store.solved.value ? 'paused' : 'solved';
  batch(() => {
    store.phase.value = 'training';
    store.trouble.value = undefined;
    store.net.value = 'yours';
  });
  say('Training.');
  const began = performance.now();
  const ended = await ask((lab) => lab.train(until, proxy(hear))).catch(() => undefined);
  seconds += (performance.now() - began) / 1000;
  if (ended !== undefined) conclude(ended);
}

export async function pause(): Promise<void> {
  await ask((lab) => lab.pause()).catch(() => {});
}

export async function oneStep(): Promise<void> {
  store.net.value = 'yours';
  const ended = await ask((lab) => lab.step()).catch(() => undefined);
  if (ended !== undefined) conclude(ended);
}

export function setPace(pace: Pace): void {
  store.pace.value = pace;
  ask((lab) => lab.setPace(pace)).catch(() => {});
}

async function hear(news: News): Promise<void> {
  // A frame for each, so that none takes long; settled once it is painted, so that no more comes than can be shown.
  store.news.value = news;
  await frame();
  store.curve.value = thinned([...store.curve.value, ...news.points]);
  await frame();
  if (news.look !== undefined && store.lookedAt.value === 'yours') {
    store.look.value = news.look;
    await frame();
  }
}

function frame(): Promise<unknown> {
  return new Promise((resolve) => requestAnimationFrame(resolve));
}

function conclude(ended: Ended): void {
  batch(() => {
    store.phase.value = 'resting';
    const { news } = ended;
    if (news !== undefined) {
      store.news.value = news;
      store.curve.value = thinned([...store.curve.value, ...news.points]);
    }
    store.trouble.value = ended.trouble;
    const sequences = store.news.value?.sequences ?? 0;
    if (ended.solved && store.solved.value === undefined) store.solved.value = { sequences, seconds };
    const words = { paused: 'Paused', solved: 'Solved', trouble: 'Training stopped' }[ended.why];
    say(`${words} after ${sequences} sequences.`);
  });
  showLook();
}

/** The looked-at episode, and how all nets answer it. */
const showLook = latest(async (isLatest) => {
  const [net, { task }, spec] = [store.lookedAt.value, store.settings.value, store.spec.value];
  if (store.run.value === undefined) return;
  const look = await ask((lab) => lab.look(net, task, spec));
  if (!isLatest()) return;
  store.look.value = look;
  const input = await ask((lab) => lab.ownInput(net, task, spec));
  if (isLatest()) store.ownInput.value = input;
  const answers = await ask((lab) => lab.compare(store.nets.value, task, spec));
  if (isLatest()) store.answers.value = answers;
});

export function changeSpec(changed: Partial<EpisodeSpec>): void {
  store.spec.value = { ...store.spec.value, ...changed };
}

export function meddle(each: Meddling): void {
  changeSpec({ meddling: [...store.spec.value.meddling, each] });
}

/** The run as a file. */
export async function checkpoint(): Promise<Uint8Array> {
  return ask((lab) => lab.checkpoint());
}

/** Goes on with the run of a file. @throws what is wrong with it */
export async function openCheckpoint(name: string, bytes: Uint8Array): Promise<void> {
  const { lab, died } = connection ?? open();
  const facts = await Promise.race([lab.resume(transfer(bytes, [bytes.buffer])), died]);
  batch(() => {
    store.settings.value = { ...facts.settings, backend: store.settings.value.backend };
    rest(facts);
    store.openedFile.value = name;
    store.net.value = 'yours';
  });
}

/** Starts the page: the worker, and what follows from what. */
export function startPage(): void {
  effect(() => {
    // Read all, whatever comes first: an effect follows what it has read.
    const [net, spec] = [store.lookedAt.value, store.spec.value];
    const [ready, run] = [store.ready.value, store.run.value];
    if (ready === undefined || run === undefined) return;
    connection?.lab.watch(net === 'yours' ? spec : undefined);
    untracked(showLook);
  });
  effect(() => {
    const shown = store.look.value;
    frame().then(() => {
      store.lookBelow.value = shown;
    });
  });
  effect(() => {
    const { settings, spec, net, step } = store;
    const hash = hashOf({ settings: settings.value, spec: spec.value, net: net.value, step: step.value });
    keepInAddress(hash);
  });
  addEventListener('hashchange', () => {
    const { address, refused } = addressOf(location.hash);
    if (hashOf(address) === hashOf(current())) return;
    batch(() => {
      store.settings.value = address.settings;
      store.spec.value = address.spec;
      store.net.value = address.net;
      store.step.value = address.step;
      store.refusals.value = refused;
    });
    start().catch(() => {});
  });
  start().catch(() => {});
}

function current() {
  const { settings, spec, net, step } = store;
  return { settings: settings.value, spec: spec.value, net: net.value, step: step.value };
}

/** The address of this page as it is now. */
export function link(): string {
  return `${location.href.replace(/#.*$/, '')}#${hashOf(current())}`;
}

let writing: ReturnType<typeof setTimeout> | undefined;

/** Browsers limit how often an address may change. */
function keepInAddress(hash: string): void {
  clearTimeout(writing);
  if (hash === location.hash.slice(1)) return;
  writing = setTimeout(
    () => history.replaceState(null, '', hash === '' ? location.pathname + location.search : `#${hash}`),
    300,
  );
}
