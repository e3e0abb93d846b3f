import { getGradient } from '@tensorflow/tfjs-core';

/**
 * Registers the gradients of all tfjs ops unless they are there. In Node, tfjs-core alone has none, on any backend,
 * and its file that registers them cannot be imported; tfjs-layers carries it.
 */
export async function registerGradients(): Promise<void> {
  if (getGradient('Add') == null) await import('@tensorflow/tfjs-layers');
}
