import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // `npm run --silent` hands its silence on, and what `pnpm publish` says is read.
    env: { npm_config_loglevel: 'notice' },
  },
});
