import { type Code, i32 } from '../emit/code.js';
import { sequence, when } from '../emit/control.js';
import { padded8 } from '../plan/padded.js';
import type { Schedule } from '../plan/schedule.js';
import type { Product, Weight } from '../plan/work.js';
import { keyOf } from './packs.js';
import { type Pass, pitchOf, sharedAddress } from './pass.js';
import { MANY_ROWS } from './products.js';

export function productsOf({ before, steps, after }: Schedule): Product[] {
  return [...before, ...steps, ...after].flatMap(({ products }) => products);
}

/** Packs all weights. */
export function packCode(pass: Pass): Code {
  const { packs, kernel, read } = pass;
  return packs
    .all()
    .map(({ weight, at }) =>
      kernel(
        'pack',
        i32.add(read('shared'), i32.const(4 * at)),
        sharedAddress(pass, weight),
        i32.const(weight.rows),
        i32.const(weight.columns),
        i32.const(1),
        i32.const(padded8(weight.columns)),
      ),
    );
}

/** Transposes packed weights that several rows at once are multiplied by: a single row needs none. */
export function transposeCode(pass: Pass, schedule: Schedule): Code {
  const transposed = productsOf(schedule).filter((product) => product.transposed);
  const weights = new Map(transposed.map(({ weight }) => [keyOf(weight), weight]));
  const inSteps = new Set(schedule.steps.flatMap(({ products }) => products));
  const needed = new Set(
    transposed
      .filter((product) => !inSteps.has(product) || product.out.count >= MANY_ROWS)
      .map(({ weight }) => keyOf(weight)),
  );
  return sequence(
    ...[...weights].map(([key, weight]) => {
      const code = transposeOne(pass, weight);
      return needed.has(key) ? code : when(i32.gtU(pass.B.get, i32.const(1)), code);
    }),
  );
}

function transposeOne({ packs, kernel, read }: Pass, weight: Weight): Code {
  const { at, transposedAt = 0 } = packs.packOf(weight, true);
  return kernel(
    'packTransposed',
    i32.add(read('transposed'), i32.const(4 * transposedAt)),
    i32.add(read('shared'), i32.const(4 * at)),
    i32.const(weight.rows),
    i32.const(padded8(weight.columns)),
  );
}

/** Writes zeros after rows that are multiplied eight numbers at a time. */
export function clearPaddingCode(pass: Pass, schedule: Schedule): Code {
  return sequence(...productsOf(schedule).map((product) => clearPaddingOf(pass, product)));
}

function clearPaddingOf(pass: Pass, { a, transposed, weight: { columns } }: Product): Code {
  const padding = padded8(columns) - columns;
  if (!transposed || padding === 0) return [];
  const { kernel, read, regions, all, B } = pass;
  const { region, offset } = regions.spotOf(a.cell);
  const rows = regions.isBySteps(region) ? all.get : B.get;
  return regions.ringOf(region).map((each) =>
    Array.from({ length: a.count }, (_, i) => {
      const at = i32.add(read(each), i32.const(4 * (offset + a.offset + i * a.step + columns)));
      return kernel('clearRows', at, i32.const(4 * pitchOf(pass, a)), i32.const(padding), rows);
    }),
  );
}
