import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    testTimeout: 120_000,
    hookTimeout: 120_000,
    fileParallelism: false,
    // A poll waits for the page, whose pace is the machine's; how fast it is, test/figures.ts measures.
    expect: { poll: { timeout: 20_000 } },
  },
});
