import { getKernel, registerKernel as registerWithTfjs, type TensorInfo } from '@tensorflow/tfjs-core';
import { checkRoom, obstacleToRoom } from '../checks/room.js';
import type { AxesOp, SizesOf } from '../op/axes.js';
import type { Op } from '../op/declare.js';
import { guard } from '../op/guard.js';
import { type Attributes, type Kernel, type Port, type Settings, sizeOf, sumOf } from '../op/kernel.js';
import { choices, type RegisteredOp } from '../op/registered.js';
import { cpuHeap } from './cpuHeap.js';
import { byFunctions, type CpuKernel, type CpuOp, type FunctionNames } from './cpuKernel.js';
import { type GpuOp, registerGpuOp } from './gpu/register.js';
import { registerGradients } from './gradients.js';
import type { KernelCall, Pointer } from './heap.js';
import { inTurn } from './inputs.js';
import { compile, type KernelModules, type Program, programsOn } from './library.js';
import { wasmHeap } from './wasmHeap.js';
import { begun, found, held } from './workspace.js';

type Workspace<S extends Settings> = NonNullable<CpuOp<S>['workspace']>;

/** A kernel, and what it does; `workspace` where it takes or leaves one. */
interface Registration<S extends Settings> {
  readonly kernel: Kernel<S>;
  readonly cpu: CpuKernel<S>;
  readonly workspace?: Workspace<S> | undefined;
  /** The op whose forward pass it is, which makes the workspace. */
  readonly op?: Op<S> | undefined;
}

const heaps = { wasm: wasmHeap, cpu: cpuHeap } as const;
const remedy = 'take shorter sequences or a smaller batch';

/**
 * Registers the kernels of an op on the wasm and cpu backends, unless they are there, and its gradient.
 * @throws TapeheadError `backend` where the engine has no WebAssembly SIMD
 */
export async function registerOp<S extends Settings>(
  op: Op<S>,
  modules: KernelModules,
  { workspace, forward, backward }: CpuOp<S>,
): Promise<void> {
  registerGradients(op);
  await register(modules, [
    { kernel: op.forward, cpu: forward, workspace, op },
    { kernel: op.backward, cpu: backward, workspace },
  ]);
}

/**
 * Registers the kernels of an op whose sizes are letters, on wasm and cpu by the functions of a module, and on webgpu.
 * @throws TapeheadError `backend` where the engine has no WebAssembly SIMD
 */
export async function registerAxesOp<L extends string>(
  op: AxesOp<L>,
  modules: KernelModules,
  names: FunctionNames,
  gpu: GpuOp<SizesOf<L>>,
): Promise<void> {
  registerGpuOp(op, gpu);
  await registerOp(op, modules, byFunctions(op.letters, names));
}

/** Registers a kernel without a gradient on the wasm and cpu backends, unless it is there. */
export async function registerCpuKernel<S extends Settings>(
  kernel: Kernel<S>,
  modules: KernelModules,
  cpu: CpuKernel<S>,
  workspace?: Workspace<S>,
): Promise<void> {
  await register(modules, [{ kernel, cpu, workspace }]);
}

async function register<S extends Settings>(
  modules: KernelModules,
  registrations: readonly Registration<S>[],
): Promise<void> {
  const module = await compile(modules);
  for (const backendName of ['wasm', 'cpu'] as const) {
    const use = programsOn(module, heaps[backendName]);
    for (const registration of registrations) {
      const { kernel } = registration;
      if (getKernel(kernel.name, backendName)) continue;
      const known = new WeakMap<S, number>();
      const config: RegisteredOp<S> = {
        kernelName: kernel.name,
        backendName,
        kernelFunc: ({ inputs, attrs, backend }) =>
          use(backend, (program) => run(registration, program, inTurn(inputs), attrs ?? {})),
        ...choices(registration.op, (settings, backend) =>
          use(backend, (program) => obstacleIn(registration, program, settings, known)),
        ),
      };
      registerWithTfjs(config);
    }
  }
}

/** Guards, estimates, allocates, computes. */
function run<S extends Settings>(
  registration: Registration<S>,
  program: Program,
  given: readonly TensorInfo[],
  attributes: Attributes,
): TensorInfo[] {
  const { kernel, cpu, workspace, op } = registration;
  const makes = op !== undefined;
  const { heap, functions } = program;
  const settings = kernel.settingsOf(attributes, given);
  return heap.run((call) => {
    const kept = workspace === undefined ? 0 : held(workspace(functions, settings, call));
    const ports = workspace === undefined || makes ? [] : [workspacePort(kept)];
    const taken = kernel.takes(settings, given, ports);
    guard(kernel.name, given, taken);
    const gives = kernel.gives(settings, given);
    const room = cpu.room?.(functions, settings, call) ?? 0;
    const bytes = 4 * sumOf(gives.map(sizeOf)) + room + (makes ? kept : 0);
    checkRoom(() => `${kernel.name} (${kernel.about(settings, given)})`, bytes, remedy);
    const outputs = gives.map(({ shape }) => call.output(shape));
    const pointers = given.map((each, i) => (kernel.changes?.(i) ? call.inPlace(each) : call.input(each)));
    const made = makes && workspace !== undefined ? makeWorkspace(call, kept, attributes.keep === true) : 0;
    const position = taken.indexOf(ports[0] ?? missing);
    const tensor = pointers[position];
    const at = {
      inputs: pointers.filter((_, i) => i !== position),
      outputs,
      workspace: tensor === undefined ? made : found(call, tensor, kept),
      room: room === 0 ? 0 : call.room(room),
      call,
    };
    cpu.run(functions, settings, at, given);
  });
}

const missing: Port = { name: '', shape: [] };

function workspacePort(bytes: number): Port {
  return { name: 'workspace', shape: [bytes / 4] };
}

function makeWorkspace(call: KernelCall, bytes: number, keep: boolean): Pointer {
  return keep ? begun(call, call.output([bytes / 4]), bytes) : call.room(bytes);
}

/** Why a forward pass of these sizes cannot run, before anything is allocated. */
function obstacleIn<S extends Settings>(
  registration: Registration<S>,
  program: Program,
  settings: S,
  known: WeakMap<S, number>,
): string | undefined {
  const bytes = known.get(settings) ?? bytesOf(registration, program, settings);
  known.set(settings, bytes);
  return obstacleToRoom(() => registration.kernel.about(settings, []), bytes, remedy);
}

/** What a forward pass of these sizes allocates. */
function bytesOf<S extends Settings>(
  { kernel, cpu, workspace }: Registration<S>,
  { heap, functions }: Program,
  settings: S,
): number {
  let bytes = 4 * sumOf(kernel.gives(settings, []).map(sizeOf));
  heap.run((call) => {
    if (workspace !== undefined) bytes += held(workspace(functions, settings, call));
    bytes += cpu.room?.(functions, settings, call) ?? 0;
  });
  return bytes;
}
