import { engine, ready, registerBackend, removeBackend } from '@tensorflow/tfjs-core';

/** In milliseconds. */
const LONGEST_WAIT = 10_000;

/**
 * Waits for a `setBackend` of the caller's that has not resolved yet. Where it never does, as with tfjs's threads in a
 * minified page, this gives it up: tfjs runs on no other backend while it waits for one.
 */
export async function settled(): Promise<void> {
  const name: string | undefined = engine().backendName;
  if (name == null) return;
  if (await inTime(ready())) return;
  const { factory, priority } = engine().registryFactory[name] ?? {};
  removeBackend(name);
  if (factory !== undefined) registerBackend(name, factory, priority);
}

/** Whether it resolves or fails before the longest wait is over. */
async function inTime(own: Promise<void>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), LONGEST_WAIT);
  });
  const done = own.then(
    () => true,
    () => true,
  );
  const first = await Promise.race([done, late]);
  clearTimeout(timer);
  return first;
}
