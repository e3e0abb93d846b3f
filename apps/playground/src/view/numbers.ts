/** Three digits that matter, and a true minus sign. */
export function number(value: number): string {
  if (Number.isNaN(value)) return 'not a number';
  const size = Math.abs(value);
  const text =
    size !== 0 && (size < 0.001 || size >= 1e5) ? value.toExponential(1) : value.toFixed(digits(size));
  return text.replace('-', '−');
}

function digits(size: number): number {
  if (size >= 100) return 0;
  return size >= 10 ? 1 : 2;
}

/** `12,345` */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en');
}
