import { engine, registerBackend } from '@tensorflow/tfjs-core';
import type { BackendName } from './types.js';

type Factory = ReturnType<typeof engine>['registryFactory'][string];

const seen = new Map<BackendName, Factory>();

/**
 * Registers a backend again that was removed: by the caller, or after a failed start. The module of a backend registers
 * it once, when it is first imported, so this keeps what it registered.
 * @throws Error where it was never registered, or was removed before this saw it
 */
export function registerAgain(name: BackendName): void {
  const registered: Factory | undefined = engine().registryFactory[name];
  if (registered !== undefined) {
    seen.set(name, registered);
    return;
  }
  const factory = seen.get(name);
  if (factory === undefined) {
    throw new Error(
      'no module has registered it, or tf.removeBackend has removed it: then reload the page or restart the process',
    );
  }
  registerBackend(name, factory.factory, factory.priority);
}
