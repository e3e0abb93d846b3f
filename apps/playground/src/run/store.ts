import { computed, signal } from '@preact/signals';
import type { CurvePoint } from '../engine/curve.js';
import type { Ready, RunFacts, TaskFacts } from '../engine/lab.js';
import type { Pace } from '../engine/pace.js';
import type { News } from '../engine/training.js';
import type { Trouble } from '../engine/trouble.js';
import { addressOf } from './address.js';
import type { Answer, Look, NetName, OwnInput } from './look.js';

const { address, refused } = addressOf(location.hash);

/** What the link says, and the controls change. */
export const settings = signal(address.settings);
export const spec = signal(address.spec);
export const net = signal<NetName>(address.net);
/** None: where the answer begins. */
export const step = signal(address.step);
/** Parts of the link that made no sense. */
export const refusals = signal(refused);

/** What the worker told. */
export const ready = signal<Ready | undefined>(undefined);
export const run = signal<RunFacts | undefined>(undefined);
export const look = signal<Look | undefined>(undefined);
/** The same a frame later: what is below the fold follows, so that no frame has to draw everything. */
export const lookBelow = signal<Look | undefined>(undefined);
export const ownInput = signal<OwnInput | undefined>(undefined);
export const answers = signal<readonly Answer[]>([]);
export const news = signal<News | undefined>(undefined);
export const curve = signal<readonly CurvePoint[]>([]);
export const trouble = signal<Trouble | undefined>(undefined);
/** Sequences until the run was solved, and seconds of training until then. */
export const solved = signal<{ sequences: number; seconds: number } | undefined>(undefined);

export const phase = signal<'starting' | 'resting' | 'training'>('starting');
export const pace = signal<Pace>('full');
/** The file that the run came from, where it did not begin here. */
export const openedFile = signal<string | undefined>(undefined);
/** What a screen reader says next. */
export const spoken = signal('');

export const task = computed<TaskFacts | undefined>(() =>
  ready.value?.tasks.find(({ name }) => name === settings.value.task),
);

/** The nets that there are for the task, this page's own last. */
export const nets = computed<readonly NetName[]>(() => [...(task.value?.shipped ?? []), 'yours']);

/** The net that is looked at: the one asked for, where there is one. */
export const lookedAt = computed<NetName>(() => (nets.value.includes(net.value) ? net.value : 'yours'));

/** The chosen step, within the episode: one of the first of the answer, where none was chosen. */
export const at = computed(() => {
  const { steps, mask } = look.value ?? { steps: 1, mask: new Float32Array() };
  return Math.min(step.value ?? mask.indexOf(1) + 2, steps - 1);
});
