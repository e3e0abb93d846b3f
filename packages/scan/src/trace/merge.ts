import type { Graph, Node, Op, Operand, ValueId } from '../graph/graph.js';
import { Obstacle, opName } from './obstacle.js';
import { Places } from './place.js';
import type { Recording } from './record.js';

export interface Merged {
  readonly graph: Graph;
  /** The leaf of the recording, by captured leaf of the graph. */
  readonly captured: readonly number[];
}

/**
 * Makes the graph of one sequence from recordings with a batch of 2 and of 3.
 *
 * @throws Obstacle if they are not the same but for the batch, which must be outermost, and its sequences apart
 */
export function merge(two: Recording, three: Recording, gradients: boolean): Merged {
  const last = gradients ? two.nodes.length : two.forward.nodes;
  compare(two, three, gradients);
  const live = liveValues(two, gradients);
  const places = new Places(two, three);
  const read = (operand: Operand, other: Operand | undefined) => places.read(operand, other, operand.value);
  // x and the state are the first values.
  const leaves = [...two.slopes.x, ...two.slopes.state].map((_, id) => places.place(id).id);
  const slopesInto = (kind: 'outputSlope' | 'stateSlope', results: readonly Operand[]) => {
    const found = results.map((): ValueId | undefined => undefined);
    two.values.forEach(({ source }, id) => {
      if (source?.kind === kind && live.has(id)) found[source.leaf] = places.place(id).id;
    });
    return found;
  };
  const nodes = (from: number, to: number) =>
    two.nodes.slice(from, to).flatMap((node, i): Node[] => {
      const other = three.nodes[from + i];
      const placed = other && live.has(node.output) && places.node(node, other, from > 0);
      return placed ? [placed] : [];
    });
  const results = (kind: 'outputs' | 'state') =>
    two[kind].map((operand, leaf) => {
      const { axis, operand: placed } = read(operand, three[kind][leaf]);
      if (axis === 0 && (kind === 'outputs' || placed.shape[0] === 1)) return placed;
      const name = kind === 'outputs' ? 'output' : 'state';
      throw new Obstacle(
        `step: ${name} ${leaf} comes back with the shape [${operand.shape}] when the batch is 2`,
        operand.value,
      );
    });
  const slopes = (kind: 'x' | 'state' | 'captured') =>
    two.slopes[kind].map((slope, leaf) => {
      if (!slope || !gradients) return undefined;
      const placed = read(slope, three.slopes[kind][leaf]);
      if (placed.zero) return undefined;
      if ((placed.kind === 'sum') === (kind === 'captured')) return placed.operand;
      throw new Obstacle('step: a gradient does not depend on the sequences', slope.value);
    });
  const forward = nodes(0, two.forward.nodes);
  const outputs = results('outputs');
  const nextState = results('state');
  const outputSlopes = slopesInto('outputSlope', outputs);
  const stateSlopes = slopesInto('stateSlope', nextState);
  const backward = gradients ? nodes(two.forward.nodes, last) : [];
  const ofCaptured = slopes('captured');
  two.values.forEach(({ source }, id) => {
    if (source?.kind === 'captured' && ofCaptured[source.leaf]) places.place(id);
  });
  return {
    graph: {
      values: places.values,
      forward,
      backward,
      x: leaves.slice(0, two.slopes.x.length),
      state: leaves.slice(two.slopes.x.length),
      captured: places.captured.map(({ value }) => value),
      outputs,
      nextState,
      outputSlopes,
      stateSlopes,
      slopes: {
        x: slopes('x'),
        state: slopes('state'),
        captured: places.captured.map(({ leaf }) => ofCaptured[leaf]),
      },
    },
    captured: places.captured.map(({ leaf }) => leaf),
  };
}

/** The values that results and gradients need. */
function liveValues({ nodes, outputs, state, slopes, forward }: Recording, gradients: boolean): Set<ValueId> {
  const gradient = gradients ? [...slopes.x, ...slopes.state, ...slopes.captured] : [];
  const live = new Set([...outputs, ...state, ...gradient].flatMap((operand) => operand?.value ?? []));
  for (let i = (gradients ? nodes.length : forward.nodes) - 1; i >= 0; i--) {
    const node = nodes[i];
    if (node && live.has(node.output)) for (const { value } of node.inputs) live.add(value);
  }
  return live;
}

/** @throws Obstacle unless the step has done the same both times */
function compare(two: Recording, three: Recording, gradients: boolean): void {
  const to = gradients ? two.nodes.length : two.forward.nodes;
  for (let i = 0; i < to; i++) {
    const [a, b] = [two.nodes[i], three.nodes[i]];
    if (!a || !b || a.output !== b.output || !sameOp(a.op, b.op) || !sameValues(a.inputs, b.inputs)) {
      differs(two, a?.output);
    }
  }
  const end = gradients ? three.nodes.length : three.forward.nodes;
  if (to !== end || two.forward.values !== three.forward.values) differs(two, undefined);
  if (two.captured.some((tensor, leaf) => three.captured[leaf] !== tensor)) differs(two, undefined);
  const results = ({ outputs, state }: Recording) => [...outputs, ...state];
  if (!sameValues(results(two), results(three))) differs(two, undefined);
}

function differs({ values }: Recording, at: ValueId | undefined): never {
  const kernel = at === undefined ? undefined : values[at]?.kernel;
  const where = kernel ? ` from ${opName(kernel)} on` : '';
  throw new Obstacle(`step: does not do the same with a batch of 3 as with a batch of 2${where}`, at);
}

const sameValues = (a: readonly Operand[], b: readonly Operand[]) =>
  a.length === b.length && a.every(({ value }, i) => value === b[i]?.value);

/** Whether two ops are the same; whether views are is looked at where sequences are. */
function sameOp(a: Op, b: Op): boolean {
  return a.op === b.op && (a.op === 'view' || String(Object.values(a)) === String(Object.values(b)));
}
