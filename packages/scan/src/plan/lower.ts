import type { Graph, Kind, Node, Operand, ValueId } from '../graph/graph.js';
import { lowerCall } from './lower/calls.js';
import { carriedIn } from './lower/carried.js';
import { createClaim } from './lower/claims.js';
import { createLowering, type Lowering } from './lower/lowering.js';
import { lowerFold, lowerMap, lowerSoftmax } from './lower/maps.js';
import { lowerConcat, lowerPad, lowerView } from './lower/parts.js';
import { lowerProduct } from './lower/products.js';
import { lowerProductSum } from './lower/sums.js';
import { productSums } from './productSums.js';
import type { Cell, Work } from './work.js';

/** What cells hold that enters or leaves a step. */
export type Role =
  | 'x'
  | 'state'
  | 'captured'
  | 'outputSlope'
  | 'stateSlope'
  | 'outputs'
  | 'nextState'
  | 'xSlope'
  | 'newStateSlope'
  | 'capturedSlope';

/** The cells of a role, by leaf; undefined where there is none. */
export type Roles = Readonly<Record<Role, readonly (number | undefined)[]>>;

export interface Lowered {
  readonly cells: readonly Cell[];
  readonly works: readonly Work[];
  readonly roles: Roles;
}

/** Turns the nodes of a graph into works on cells. Products with at least `smallestWeight` weights become `Product`s. */
export function lower(graph: Graph, smallestWeight: number): Lowered {
  const lowering = createLowering(graph);
  const claim = createClaim(lowering);
  const sources = (ids: readonly (ValueId | undefined)[]) =>
    ids.map((id) => (id === undefined ? undefined : lowering.sourceOf(id)));
  const claims = (operands: readonly (Operand | undefined)[], kind: Kind) =>
    operands.map((operand) => claim(operand, kind));
  const given = {
    x: sources(graph.x),
    state: sources(graph.state),
    captured: sources(graph.captured),
    outputSlope: sources(graph.outputSlopes),
    stateSlope: sources(graph.stateSlopes),
  };
  const lowerAll = loweringOf(graph, lowering, smallestWeight);
  lowerAll(graph.forward);
  const results = { nextState: claims(graph.nextState, 'row'), outputs: claims(graph.outputs, 'row') };
  lowering.pass = 'backward';
  lowerAll(graph.backward);
  const slopes = {
    newStateSlope: claims(graph.slopes.state, 'row'),
    xSlope: claims(graph.slopes.x, 'row'),
    capturedSlope: claims(graph.slopes.captured, 'sum'),
  };
  return { cells: lowering.cells, works: lowering.works(), roles: { ...given, ...results, ...slopes } };
}

/** Lowers nodes, those of a sum of products together. */
function loweringOf(
  graph: Graph,
  lowering: Lowering,
  smallestWeight: number,
): (nodes: readonly Node[]) => void {
  const carried = carriedIn(graph);
  const { sums, absorbed } = productSums(graph, smallestWeight);
  return (nodes) => {
    for (const node of nodes) {
      const sum = sums.get(node.output);
      if (sum !== undefined) lowerProductSum(lowering, sum, node.output, carried);
      else if (!absorbed.has(node.output)) lowerNode(lowering, node);
    }
  };
}

function lowerNode(lowering: Lowering, node: Node): void {
  const { op } = node;
  switch (op.op) {
    case 'map':
      lowerMap(lowering, op.f, node);
      break;
    case 'fold':
      lowerFold(lowering, op.f, op.axes, node);
      break;
    case 'softmax':
      lowerSoftmax(lowering, node);
      break;
    case 'product':
      lowerProduct(lowering, node);
      break;
    case 'view':
      lowerView(lowering, op.offset, op.strides, node);
      break;
    case 'concat':
      lowerConcat(lowering, op.axis, node);
      break;
    case 'pad':
      lowerPad(lowering, op.before, op.value, node);
      break;
    default:
      lowerCall(lowering, op, node);
  }
}
