import { type Attributes, type Kernel, kernelName, type Port, portsOf } from '@tapehead/core/kernels';
import type { Shape, ValueId } from '../graph/graph.js';
import { scanName } from './name.js';
import { type Planned, planNumbered } from './plans.js';

/** What the kernels of a step are told beside their tensors. */
export type ScanSettings = Readonly<Record<'plan' | 'batch' | 'time', number>> & {
  /** Whether the way forward keeps what the way back needs. */
  readonly keep: boolean;
  /** Whether the gradient of x is wanted. */
  readonly toX: boolean;
};

type Ports = readonly Port[];
const known = /* @__PURE__ */ new WeakMap<Planned, Map<string, Ports>>();

/** Ports are derived once for a plan and sizes. */
function remembered(
  name: string,
  derive: (settings: ScanSettings) => Port[],
): (settings: ScanSettings) => Ports {
  return (settings) => {
    const planned = planNumbered(settings.plan);
    const own = known.get(planned) ?? new Map<string, Ports>();
    known.set(planned, own);
    const key = `${name} ${settings.batch} ${settings.time} ${settings.keep} ${settings.toX}`;
    const before = own.get(key);
    if (before !== undefined) return before;
    if (own.size >= 64) own.clear();
    const ports = derive(settings);
    own.set(key, ports);
    return ports;
  };
}

/** Runs all steps: takes x, the state and what is captured; gives the outputs, the last state and what is kept. */
export const forwardKernel: Kernel<ScanSettings> = {
  name: kernelName(scanName),
  settingsOf,
  takes: remembered('forward takes', (settings) => {
    const { graph } = planNumbered(settings.plan);
    return named(
      'x',
      xShapes(settings),
      'state',
      stateShapes(settings),
      'captured',
      shapesOf(graph.captured, settings),
    );
  }),
  gives: remembered('forward gives', (settings) =>
    named('output', outputShapes(settings), 'state', stateShapes(settings), 'kept', keptShapes(settings)),
  ),
  about,
};

/** Goes back through all steps: takes what was kept and the slopes of what came out; gives those of what went in. */
export const backwardKernel: Kernel<ScanSettings> = {
  name: kernelName({ ...scanName, name: `${scanName.name}Grad` }),
  settingsOf,
  takes: remembered('back takes', (settings) =>
    named('kept', keptShapes(settings), 'output', outputShapes(settings), 'state', stateShapes(settings)),
  ),
  gives: remembered('back gives', (settings) => {
    const { graph } = planNumbered(settings.plan);
    const { slopes } = graph;
    return named(
      'x',
      settings.toX ? xShapes(settings).filter((_, leaf) => slopes.x[leaf]) : [],
      'state',
      stateShapes(settings).filter((_, leaf) => slopes.state[leaf]),
      'captured',
      shapesOf(graph.captured, settings).filter((_, leaf) => slopes.captured[leaf]),
    );
  }),
  about,
};

function settingsOf(attributes: Attributes): ScanSettings {
  const number = (name: string): number => Number(attributes[name]);
  return {
    plan: number('plan'),
    batch: number('batch'),
    time: number('time'),
    keep: attributes.keep === true,
    toX: attributes.toX === true,
  };
}

function named(...lists: (string | readonly Shape[])[]): Port[] {
  const ports: Port[] = [];
  for (let i = 0; i < lists.length; i += 2) {
    const [name, shapes] = [lists[i], lists[i + 1]];
    if (typeof name === 'string' && typeof shapes === 'object') ports.push(...portsOf(name, shapes));
  }
  return ports;
}

function shapesOf(ids: readonly ValueId[], { plan }: ScanSettings): Shape[] {
  const { values } = planNumbered(plan).graph;
  return ids.map((id) => values[id]?.shape ?? []);
}

/** Axis 0 counts what one sequence has, which is one. */
const batched = ([, ...rest]: Shape, ...front: number[]): Shape => [...front, ...rest];

function xShapes(settings: ScanSettings): Shape[] {
  const { graph } = planNumbered(settings.plan);
  return shapesOf(graph.x, settings).map((shape) => batched(shape, settings.batch, settings.time));
}

function stateShapes(settings: ScanSettings): Shape[] {
  const { graph } = planNumbered(settings.plan);
  return shapesOf(graph.state, settings).map((shape) => batched(shape, settings.batch));
}

function outputShapes(settings: ScanSettings): Shape[] {
  const { graph } = planNumbered(settings.plan);
  return graph.outputs.map(({ shape }) => batched(shape, settings.batch, settings.time));
}

function keptShapes(settings: ScanSettings): Shape[] {
  return settings.keep || settings.toX ? [[planNumbered(settings.plan).keptFloats(settings)]] : [];
}

function about({ batch, time }: ScanSettings): string {
  return `batch ${batch}, time ${time}`;
}
