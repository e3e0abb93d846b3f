import { fileURLToPath } from 'node:url';
import license from 'rollup-plugin-license';
import { defineConfig } from 'vite';

/** Vite writes what is bundled with the page, and under which licence, but not what is bundled with the worker. */
const licencesOfTheWorker = license({
  cwd: fileURLToPath(new URL('.', import.meta.url)),
  thirdParty: {
    output: {
      file: fileURLToPath(new URL('build/licences.json', import.meta.url)),
      template: (found) => JSON.stringify(found.map(({ name, license }) => ({ name, identifier: license }))),
    },
  },
});

/** Static files with relative paths: any host, any folder. */
export default defineConfig({
  base: './',
  worker: { format: 'es', plugins: () => [licencesOfTheWorker] },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 2000,
    license: { fileName: 'licences.json' },
  },
});
