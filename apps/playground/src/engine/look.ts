import { addressingStages } from '@tapehead/addressing';
import type { HeadTrace, NTM } from '@tapehead/ntm';
import { batchOf, costInBits, type Episode, scoredBits, wrongBits } from '@tapehead/tasks';
import {
  concat,
  dispose,
  expandDims,
  type Rank,
  reshape,
  slice,
  squeeze,
  type Tensor,
  type Tensor3D,
  tidy,
} from '@tensorflow/tfjs-core';
import type { HeadName, Meddling } from '../run/episodeSpec.js';
import type { HeadLook, Look } from '../run/look.js';
import { interventionOf, withEdits } from './meddle.js';
import { type Segment, segmentsOf } from './segments.js';

/** Of all heads of a kind: time is axis 0, heads axis 1. */
type Heads = Record<Exclude<keyof HeadLook, keyof HeadName>, Tensor>;

/** Of some steps; time is axis 0. */
type Seen = { logits: Tensor; memory: Tensor; write: Heads; read: Heads };

/** What a net does in an episode while somebody meddles with it. */
export async function lookAt(net: NTM, episode: Episode, meddling: readonly Meddling[] = []): Promise<Look> {
  const batch = batchOf([episode]);
  const seen = tidy(() => joined(seenIn(net, batch.input, segmentsOf(episode.steps, meddling))));
  const cost = tidy(() => costInBits(expandDims<Tensor3D>(seen.logits, 0), batch.target, batch.mask));
  try {
    const logits = await seen.logits.data<'float32'>();
    const [bits = Number.NaN] = await cost.data();
    const [wrong = 0] = wrongBits(logits, [episode]);
    const { memorySize, memoryDim, shifts, writeHeads, readHeads } = net.config;
    const { steps, input, target, mask } = episode;
    return {
      ...episode.view,
      ...{ steps, input, target, mask, memorySize, memoryDim, shifts, bits, wrong },
      output: logits.map((logit) => 1 / (1 + Math.exp(-logit))),
      memory: await seen.memory.data<'float32'>(),
      heads: [
        ...(await headLooks('write', seen.write, writeHeads)),
        ...(await headLooks('read', seen.read, readHeads)),
      ],
      scored: scoredBits(episode),
    };
  } finally {
    dispose(batch);
    dispose(seen);
    cost.dispose();
  }
}

function seenIn(net: NTM, input: Tensor3D, segments: readonly Segment[]): Seen[] {
  let state = net.initialState(1);
  return segments.map(({ from, to, edits, forced }) => {
    const start = withEdits(state, edits);
    const part = slice(input, [0, from, 0], [1, to - from, -1]);
    const intervene = interventionOf(forced, net);
    const { logits, trace, state: end } = net.sequence(part, { state: start, trace: true, intervene });
    state = end;
    const before = delayed(start.memory, trace.memory);
    const after = squeeze<Tensor3D>(trace.memory, [0]);
    return {
      logits: squeeze(logits, [0]),
      memory: after,
      write: headsOf(
        trace.writeHeads,
        before,
        delayed(start.writeWeights, trace.writeWeights),
        trace.writeHeads.add,
      ),
      read: headsOf(
        trace.readHeads,
        net.config.order === 'write-first' ? after : before,
        delayed(start.readWeights, trace.readWeights),
        trace.reads,
      ),
    };
  });
}

/** What was there before each step: `[1, …]` at the start and `[1, t, …]` after each give `[t, …]`. */
function delayed(start: Tensor3D, after: Tensor): Tensor3D {
  const [, steps = 0, rows = 0, columns = 0] = after.shape;
  const before = slice(after, [0, 0, 0, 0], [1, steps - 1, -1, -1]);
  return concat([start, reshape<Rank.R3>(before, [steps - 1, rows, columns])], 0);
}

/** Every stage of addressing of every step, each step an item of one batch. */
function headsOf(said: HeadTrace, memory: Tensor3D, previous: Tensor3D, vector: Tensor): Heads {
  const head = {
    key: squeeze<Tensor3D>(said.key, [0]),
    beta: squeeze<Tensor<Rank.R2>>(said.beta, [0]),
    gate: squeeze<Tensor<Rank.R2>>(said.gate, [0]),
    shift: squeeze<Tensor3D>(said.shift, [0]),
    gamma: squeeze<Tensor<Rank.R2>>(said.gamma, [0]),
  };
  const { beta, gate, shift, gamma } = head;
  return {
    previous,
    ...addressingStages(head, memory, previous),
    ...{ beta, gate, shift, gamma },
    vector: squeeze(vector, [0]),
  };
}

/** Parts of an episode, one after the other. */
function joined(parts: readonly Seen[]): Seen {
  const along = <K extends string>(pick: (part: Seen) => Record<K, Tensor>, name: K): Tensor =>
    concat(
      parts.map((part) => pick(part)[name]),
      0,
    );
  const heads = (kind: HeadName['kind']): Heads => {
    const of = (part: Seen): Heads => part[kind];
    return {
      previous: along(of, 'previous'),
      content: along(of, 'content'),
      interpolated: along(of, 'interpolated'),
      shifted: along(of, 'shifted'),
      sharpened: along(of, 'sharpened'),
      beta: along(of, 'beta'),
      gate: along(of, 'gate'),
      gamma: along(of, 'gamma'),
      shift: along(of, 'shift'),
      vector: along(of, 'vector'),
    };
  };
  return {
    logits: along((part) => part, 'logits'),
    memory: along((part) => part, 'memory'),
    write: heads('write'),
    read: heads('read'),
  };
}

async function headLooks(kind: HeadName['kind'], heads: Heads, count: number): Promise<HeadLook[]> {
  const read = async (tensor: Tensor): Promise<Float32Array[]> =>
    perHead(await tensor.data<'float32'>(), tensor.shape, count);
  const parts = {
    previous: await read(heads.previous),
    content: await read(heads.content),
    interpolated: await read(heads.interpolated),
    shifted: await read(heads.shifted),
    sharpened: await read(heads.sharpened),
    beta: await read(heads.beta),
    gate: await read(heads.gate),
    gamma: await read(heads.gamma),
    shift: await read(heads.shift),
    vector: await read(heads.vector),
  };
  return Array.from({ length: count }, (_, index) => {
    const of = (all: readonly Float32Array[]): Float32Array => all[index] ?? new Float32Array();
    return {
      kind,
      index,
      previous: of(parts.previous),
      content: of(parts.content),
      interpolated: of(parts.interpolated),
      shifted: of(parts.shifted),
      sharpened: of(parts.sharpened),
      beta: of(parts.beta),
      gate: of(parts.gate),
      gamma: of(parts.gamma),
      shift: of(parts.shift),
      vector: of(parts.vector),
    };
  });
}

/** `[T, heads, size]` to one `[T, size]` for each head. */
function perHead(all: Float32Array, [steps = 0, , size = 1]: number[], heads: number): Float32Array[] {
  return Array.from({ length: heads }, (_, head) => {
    const own = new Float32Array(steps * size);
    for (let t = 0; t < steps; t++) {
      const from = (t * heads + head) * size;
      own.set(all.subarray(from, from + size), t * size);
    }
    return own;
  });
}
