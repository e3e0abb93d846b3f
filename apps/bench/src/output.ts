import { shownScreen } from './terminal.js';

/** Talk goes to stderr: it is for people, whatever stdout is for. Above lines that are drawn over each other. */
export function say(line: string): void {
  const screen = shownScreen();
  if (screen === undefined) process.stderr.write(`${line}\n`);
  else screen.keep(line);
}

/** Results for people. */
export function show(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Results for machines: one JSON object a line. */
export function emit(event: object): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

/** Columns of equal width, numbers to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const lines = all.map((row) => row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('   '));
  return lines.join('\n');
}

export function count(value: number): string {
  return value.toLocaleString('en');
}

/** `1.234 bits`, and what it is of; `no cost yet` of a run that has had no sequence. */
export function costText(cost: number, unit: string, what = ''): string {
  return Number.isNaN(cost) ? 'no cost yet' : `${costNumber(cost, unit)} ${unit} ${what}`.trimEnd();
}

/** Bits to three places; any other unit to three digits. */
export function costNumber(cost: number, unit: string): string {
  return unit === 'bits' ? cost.toFixed(3) : cost.toPrecision(3);
}

/** `12.3 s`, `4 min 05 s`. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${count(Math.floor(whole / 60))} min ${String(whole % 60).padStart(2, '0')} s`;
}
