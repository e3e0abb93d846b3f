import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** The sub-paths that a package can be imported by, with the sources they are built from. */
function entriesOf(folder) {
  const manifest = JSON.parse(readFileSync(`${root}packages/${folder}/package.json`, 'utf8'));
  const built = Object.entries(manifest.exports).filter(([, { default: file }]) => file !== undefined);
  return built.map(([path, { default: file }]) => ({
    packageName: manifest.name,
    name: path.replace('.', manifest.name),
    source: `${root}packages/${folder}/${file.replace('./dist/', 'src/').replace('.js', '.ts')}`,
    about: path === '.' ? manifest.description : '',
  }));
}

/** Everything that can be imported from a published package. */
export const entries = readdirSync(`${root}packages`).flatMap(entriesOf);
