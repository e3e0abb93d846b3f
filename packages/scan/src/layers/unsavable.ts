import type { serialization } from '@tensorflow/tfjs-core';

/**
 * Puts a function into the configuration of a layer: wrappers such as `bidirectional` copy it, and saving it in a file says
 * why not.
 *
 * @param error what saving throws
 */
export function setUnsavable(
  config: serialization.ConfigDict,
  name: string,
  given: (...args: never[]) => unknown,
  error: () => Error,
): void {
  const unsavable = new Proxy(given, {
    // Saving asks for the names within all that is no text and no number.
    ownKeys: () => {
      throw error();
    },
  });
  Reflect.set(config, name, unsavable);
}
