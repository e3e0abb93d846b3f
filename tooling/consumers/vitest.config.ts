import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { globalSetup: 'src/packed.ts', testTimeout: 300_000, hookTimeout: 300_000 },
});
