import { mergeConfig } from 'vitest/config';
import tests from './vitest.config.js';

/** `npx pnpm --filter @tapehead/playground figures` */
export default mergeConfig(tests, { test: { include: ['test/figures.ts'] } });
