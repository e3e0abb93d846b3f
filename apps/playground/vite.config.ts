import { defineConfig } from 'vite';

/** Static files with relative paths: any host, any folder. */
export default defineConfig({
  base: './',
  worker: { format: 'es' },
  build: { target: 'es2022', assetsInlineLimit: 0, chunkSizeWarningLimit: 2000 },
});
