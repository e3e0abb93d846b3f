import { registerFused as registerAddress } from '@tapehead/addressing/fused';
import { useBackend } from '@tapehead/backend';
import { registerFused as registerLstmStep } from '@tapehead/controller/fused';
import { registerFused as registerWrite } from '@tapehead/memory/fused';
import { registerFused } from '@tapehead/ntm/fused';
import { difference, drawn, outcome, outcomeOfOps } from './outcomes.js';

/** How far the kernels on the GPU and the reference on the CPU are apart: for a few nets, and for the single ops. */
globalThis.answer = (async () => {
  await useBackend('webgpu');
  await useBackend('cpu');
  await Promise.all([registerFused(), registerAddress(), registerWrite(), registerLstmStep()]);
  const differences = [];
  for (const seed of [1, 2]) {
    const wanted = await outcome('cpu', 'reference', drawn(seed));
    const own = await outcome('webgpu', 'fused', drawn(seed));
    differences.push(difference(own, wanted));
  }
  differences.push(difference(await outcomeOfOps('webgpu', 'fused'), await outcomeOfOps('cpu', 'reference')));
  return differences;
})();
