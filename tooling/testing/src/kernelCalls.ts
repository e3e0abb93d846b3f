import { engine, getBackend, getKernel, profile, type TensorContainer } from '@tensorflow/tfjs-core';

/** The names of the kernels that ran, in order; scopes of tfjs that are no kernels do not count. */
export async function kernelCalls(run: () => TensorContainer): Promise<string[]> {
  const { kernels } = await profile(() => engine().tidy(run));
  return kernels.map(({ name }) => name).filter((name) => getKernel(name, getBackend()) !== undefined);
}
