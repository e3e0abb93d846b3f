import { u } from '@tapehead/core/kernels';
import { type CodeContext, readCode, writeCode } from './element.js';
import { foldsCode, type PieceCode } from './folds.js';
import type { Products } from './pieces.js';

/** out[i, j] = start + Σ a[i, k] · weight[k, j], over all parts. */
export function productsCode({ parts }: Products, context: CodeContext, strandsAt: number): PieceCode {
  const [{ out, start, weight, transposed }] = parts;
  const columns = transposed ? weight.rows : weight.columns;
  const read = (cell: number, offset: number, index: string) => readCode({ cell, offset, index }, context);
  const depthOf = (each: (typeof parts)[number]) =>
    each.transposed ? each.weight.columns : each.weight.rows;
  const terms = (part: string, step: string): string =>
    parts
      .map((each) => {
        const { a, weight: of } = each;
        const place = each.transposed ? `+ j * ${u(of.columns)} + r` : `+ r * ${u(of.columns)} + j`;
        const left = read(a.cell, a.offset, `+ i * ${u(a.step)} + r`);
        return `for (var r = ${part}; r < ${u(depthOf(each))}; r += ${step}) {
fold0 += ${left} * ${read(of.cell, of.offset, place)};
}`;
      })
      .join('\n');
  const to = { cell: out.cell, offset: out.offset, index: `+ i * ${u(out.step)} + j` };
  const startCode = (): string => {
    if (start === 'zeros') return '';
    if (start === 'added') return `${readCode(to, context)} + `;
    const row = context.isRow(start.cell) ? to.index : '+ j';
    return `${read(start.cell, start.offset, row)} + `;
  };
  return foldsCode(
    {
      count: out.count * columns,
      depth: parts.reduce((sum, each) => sum + depthOf(each), 0),
      functions: ['sum'],
      before: `let i = k / ${u(columns)}; let j = k % ${u(columns)};`,
      terms,
      store: () => writeCode(to, `${startCode()}fold0`, context),
      along: transposed ? 'terms' : 'folds',
    },
    context,
    strandsAt,
  );
}
