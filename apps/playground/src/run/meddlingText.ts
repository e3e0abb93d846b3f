import type { HeadName, Meddling } from './episodeSpec.js';

/**
 * How a link writes what is done to a net: `gate.write1@12=0.5` at step 12, `shift.read1@3+=-1` from step 3 on,
 * `row5@8=0` for a row of the memory, `row5.2@8=1` for a cell of it. Heads count from 1, as on the page.
 */
export function meddlingText(each: Meddling): string {
  if (each.what === 'memory') {
    const cell = each.cell === undefined ? '' : `.${each.cell}`;
    return `row${each.row}${cell}@${each.step}=${each.value}`;
  }
  const { what, head, step, lasts, value } = each;
  return `${what}.${head.kind}${head.index + 1}@${step}${lasts === 'on' ? '+' : ''}=${value}`;
}

const forced = /^(gate|shift)\.(read|write)([1-9]\d*)@(\d+)(\+?)=(-?[\d.]+)$/;
const edited = /^row(\d+)(?:\.(\d+))?@(\d+)=(-?[\d.]+)$/;

/** Reads what `meddlingText` wrote, parts divided by spaces; names in `refused` what makes no sense. */
export function meddlingFrom(text: string, refused: string[]): Meddling[] {
  return text
    .split(' ')
    .filter((part) => part !== '')
    .flatMap((part) => {
      const found = forcedFrom(part) ?? editedFrom(part);
      if (found === undefined) refused.push(`do=${part}`);
      return found ?? [];
    });
}

function forcedFrom(part: string): Meddling | undefined {
  const [whole, what, kind, number, step, on, value] = forced.exec(part) ?? [];
  if (whole === undefined || !Number.isFinite(Number(value))) return undefined;
  const head: HeadName = { kind: kind === 'read' ? 'read' : 'write', index: Number(number) - 1 };
  const lasts = on === '+' ? 'on' : 'once';
  const common = { head, step: Number(step), lasts, value: Number(value) } as const;
  if (what === 'gate')
    return common.value >= 0 && common.value <= 1 ? { what: 'gate', ...common } : undefined;
  return Number.isInteger(common.value) ? { what: 'shift', ...common } : undefined;
}

function editedFrom(part: string): Meddling | undefined {
  const [whole, row, cell, step, value] = edited.exec(part) ?? [];
  if (whole === undefined || !Number.isFinite(Number(value))) return undefined;
  return {
    what: 'memory',
    row: Number(row),
    cell: cell === undefined ? undefined : Number(cell),
    step: Number(step),
    value: Number(value),
  };
}
