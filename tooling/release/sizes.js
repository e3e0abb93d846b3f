// Prints what each import weighs beside what it may; fails where one weighs more, or a sub-path has no limit.
import { spawnSync } from 'node:child_process';
import { markdownTable } from 'markdown-table';
import { entries } from './entries.js';

const { stdout, status } = spawnSync('size-limit', ['--json'], {
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'inherit'],
});
const sizes = JSON.parse(stdout);
const rows = sizes.map(({ name, size, sizeLimit, passed }) => [
  name,
  size,
  sizeLimit,
  `${((100 * size) / sizeLimit).toFixed(0)} %`,
  passed ? '' : 'TOO LARGE',
]);
const table = markdownTable([['minified, gzipped, without tfjs', 'bytes', 'limit', 'of it', ''], ...rows], {
  align: ['l', 'r', 'r', 'r'],
});
process.stdout.write(`${table}\n`);

const unlimited = entries.filter(
  (entry) => !sizes.some(({ name }) => name.endsWith(`* from '${entry.name}'`)),
);
for (const { name } of unlimited) process.stderr.write(`${name} has no limit in .size-limit.js\n`);
process.exitCode = status || unlimited.length > 0 ? 1 : 0;
