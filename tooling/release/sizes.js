// Prints what each import weighs beside what it may, and fails where one weighs more.
import { spawnSync } from 'node:child_process';
import { markdownTable } from 'markdown-table';

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
process.exitCode = status ?? 1;
