import { silenceCpuBanner } from './cpuBanner.js';
import type { Candidate } from './types.js';

/** Plain JavaScript: slow, and everywhere. */
export const cpu: Candidate = {
  merit: 'plain JavaScript, which runs everywhere',
  remedy: 'install @tensorflow/tfjs-backend-cpu in the version of tfjs-core',
  async prepare() {
    await import('@tensorflow/tfjs-backend-cpu');
    silenceCpuBanner();
    return { release() {} };
  },
};
