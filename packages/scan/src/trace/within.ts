import { TapeheadError } from '@tapehead/core';
import { traceBackend } from '@tapehead/core/kernels';
import {
  engine,
  getGradient,
  type NamedAttrMap,
  type NamedTensorMap,
  registerGradient,
  registerKernel,
  type Tensor,
  unregisterGradient,
  unregisterKernel,
  Variable,
} from '@tensorflow/tfjs-core';
import type { TraceBackend } from './backend.js';
import { gradients } from './gradients.js';
import { kernels } from './kernels.js';
import { opName } from './obstacle.js';
import { callerLine } from './stack.js';

type Engine = ReturnType<typeof engine>;

/** Whether a step is being traced now. */
export function tracing(): boolean {
  return engine().backendName === traceBackend;
}

/**
 * Runs `run` with `backend` as the backend of tfjs, with a tape of its own, and leaves tfjs as it was: its backend, also
 * one that is not there yet, its tape and its registries.
 *
 * @param mayDispose whether the step may dispose a tensor
 */
export function within<T>(backend: TraceBackend, mayDispose: (tensor: Tensor) => boolean, run: () => T): T {
  const tfjs = engine();
  const { state } = tfjs;
  const { activeTape, gradientDepth, kernelDepth, profiling } = state;
  const engineBefore = {
    backendName: tfjs.backendName,
    backendInstance: Reflect.get(tfjs, 'backendInstance'),
    pendingBackendInit: Reflect.get(tfjs, 'pendingBackendInit'),
  };
  const restoreRegistries = register(backend);
  const runKernel: Engine['runKernel'] = tfjs.runKernel.bind(tfjs);
  const dispose = tfjs.disposeTensor.bind(tfjs);
  const guards = {
    runKernel: <T extends Tensor | Tensor[]>(
      name: string,
      inputs: NamedTensorMap,
      attrs?: NamedAttrMap,
    ): T => {
      if (!kernels[name]) backend.obstruct(`${opName(name)} cannot be compiled`);
      return runKernel(name, inputs, attrs);
    },
    disposeTensor: (tensor: Tensor) => {
      if (!mayDispose(tensor)) backend.refuse(disposal(tensor));
      dispose(tensor);
    },
  };
  Object.assign(state, { activeTape: [], gradientDepth: 0, kernelDepth: 0, profiling: false });
  Object.assign(tfjs, {
    backendName: traceBackend,
    backendInstance: backend,
    pendingBackendInit: undefined,
    ...guards,
  });
  try {
    return run();
  } finally {
    // What a tape has saved stays when the step throws.
    for (const { saved = [] } of state.activeTape ?? []) for (const tensor of saved) tensor.dispose();
    for (const own of Object.keys(guards)) Reflect.deleteProperty(tfjs, own);
    Object.assign(state, { activeTape, gradientDepth, kernelDepth, profiling });
    Object.assign(tfjs, engineBefore);
    restoreRegistries();
  }
}

function disposal(tensor: Tensor): TapeheadError {
  const line = callerLine();
  return new TapeheadError(
    'argument',
    tensor instanceof Variable
      ? `step: assigns to the variable '${tensor.name}' or disposes it${line}; ` +
          'return what changes from step to step as part of the state'
      : `step: disposes a tensor that it did not make${line}`,
  );
}

/** Puts our kernels and gradients into the registries. Returns what takes them out again. */
function register(backend: TraceBackend): () => void {
  const names = Object.keys(kernels);
  for (const kernelName of names) {
    registerKernel({
      kernelName,
      backendName: traceBackend,
      kernelFunc: ({ inputs, attrs = {} }) => backend.run(kernelName, inputs, attrs),
    });
  }
  const before = Object.entries(gradients).map(([name, replace]) => {
    const gradient = getGradient(name);
    registerGradient(replace(gradient));
    return [name, gradient] as const;
  });
  return () => {
    for (const name of names) unregisterKernel(name, traceBackend);
    for (const [name, gradient] of before) gradient ? registerGradient(gradient) : unregisterGradient(name);
  };
}
