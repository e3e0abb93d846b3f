import { TapeheadError } from '@tapehead/core';
import { getGradient } from '@tensorflow/tfjs-core';

/**
 * Registers the gradients of all tfjs ops unless they are there. In Node, tfjs-core alone has none, on any backend,
 * and its file that registers them cannot be imported; tfjs-layers carries it.
 * @throws TapeheadError `backend` where tfjs-layers cannot be imported
 */
export async function registerGradients(): Promise<void> {
  if (getGradient('Add') != null) return;
  await import('@tensorflow/tfjs-layers').catch((cause: unknown) => {
    throw new TapeheadError(
      'backend',
      'gradients of tfjs ops: none are registered; install @tensorflow/tfjs-layers in the version of tfjs-core',
      { cause },
    );
  });
}
