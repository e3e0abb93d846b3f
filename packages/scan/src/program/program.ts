import { type Code, f32, i32, type MultiplyAdd, memoryFill, multiplyAdd, v128 } from '../emit/code.js';
import { call, forLoop, sequence, when } from '../emit/control.js';
import { createFunction, type FunctionBuilder, type Local } from '../emit/function.js';
import { apply } from '../emit/functions.js';
import { type OpenModule, openModule } from '../emit/link.js';
import type { Region, Spot } from '../plan/layout.js';
import type { Plan } from '../plan/plan.js';
import type { Schedule, Segment } from '../plan/schedule.js';
import {
  type Call,
  type CallArgument,
  type Loop,
  type Product,
  type RowSum,
  type Rows,
  readsOf,
  type Weight,
  type WeightSlope,
  type Work,
  writesOf,
} from '../plan/work.js';
import { loopCode } from './loop/loopCode.js';
import { createTable, type Table } from './table.js';

/** A program for a plan, and what a caller must know to run it. */
export interface Program {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The numbers that the functions find in memory, by name, in this order: see `sizes.ts`. */
  readonly table: readonly string[];
  /** Where packed weights begin in the shared region, and the floats of all of it. */
  readonly sharedFloats: number;
  /** The floats that turned weights, and sums, need. */
  readonly turnedFloats: number;
  readonly workFloats: number;
}

interface Packed {
  readonly weight: Weight;
  readonly at: number;
  readonly turnedAt: number | undefined;
}

/** Regions with a row for each step and sequence. */
const stepRegions: readonly Region[] = [
  'x',
  'out',
  'frame',
  'frameBefore',
  'between',
  'outputSlope',
  'slopeIn',
  'slopeOut',
  'late',
  'xSlope',
];

/** Writes the WebAssembly module of a plan: `forward`, and `back` and `backToX` where it has a way back. */
export function writeProgram(plan: Plan, base: Uint8Array, relaxed: boolean): Program {
  const module = openModule(base);
  const table = createTable();
  const writer = createWriter(plan, module, table, multiplyAdd(relaxed));
  const { sharedFloats, turnedFloats, workFloats } = writer.write();
  return { bytes: module.bytes(), table: table.names, sharedFloats, turnedFloats, workFloats };
}

function createWriter(plan: Plan, module: OpenModule, table: Table, fused: MultiplyAdd) {
  const { layout, lowered, forward, backward, shared } = plan;
  const { cells, roles } = lowered;
  const pitchOf = (region: Region): number => layout.pitches[pitchName(region)] ?? 0;
  const spotOf = (cell: number): Spot => layout.spots.get(cell) ?? { region: 'scratch', offset: 0 };
  const read = (at: Local, name: string): Code => i32.load(at.get, 4 * table.indexOf(name));
  const bytes = (count: Code, floats: number): Code => i32.mul(count, i32.const(4 * floats));
  const kernel = (name: string, ...args: Code[]): Code => call(module.indexOf(name), ...args);
  const packs = new Map<string, Packed>();
  let sharedFloats = pitchOf('shared');
  let turnedFloats = 0;
  let workFloats = 0;

  /** Whether each step of each sequence has a row of its own in the region. */
  const isBySteps = (region: Region): boolean => {
    if (region === 'frame' || region === 'frameBefore') return layout.framesAre === 'all';
    if (region === 'slopeIn' || region === 'slopeOut') return layout.slopesAre === 'all';
    return stepRegions.includes(region);
  };
  const isByRows = (region: Region): boolean => stepRegions.includes(region) || region === 'batch';

  // ---- functions over rows

  /** A function of the table's address and a range of rows, that runs works for each of them. */
  const rowsFunction = (works: readonly (Loop | Call)[]): number => {
    const fn = createFunction(['i32', 'i32', 'i32']);
    const [at, first, behind] = [fn.param(0), fn.param(1), fn.param(2)];
    // Made before any code is written, whose own variables are used again and again.
    const row = fn.local('i32');
    const regions = new Set(
      works.flatMap((work) => [...readsOf(work), ...writesOf(work)]).map((cell) => spotOf(cell).region),
    );
    const pointers = new Map([...regions].map((region) => [region, fn.local('i32')]));
    const context = contextOf(fn, (region) => {
      const pointer = pointers.get(region);
      if (pointer === undefined) throw new Error(`no pointer to ${region}`);
      return pointer;
    });
    const body = works.map((work) => workCode(work, context));
    const starts = [...pointers].map(([region, pointer]) => {
      const base = read(at, region);
      return pointer.set(isBySteps(region) ? i32.add(base, bytes(first.get, pitchOf(region))) : base);
    });
    const moves = [...pointers].flatMap(([region, pointer]) =>
      isByRows(region) ? [pointer.set(i32.add(pointer.get, i32.const(4 * pitchOf(region))))] : [],
    );
    const options = { from: first.get, to: behind.get, step: 1 };
    fn.add(sequence(...starts), forLoop(row, options, sequence(...body, ...moves)));
    return module.add(fn);
  };
  const contextOf = (fn: FunctionBuilder, pointerTo: (region: Region) => Local) => {
    const scratch = fn.local('v128');
    return {
      fn,
      multiplyAdd: fused,
      place(cell: number) {
        const { region, offset } = spotOf(cell);
        return { pointer: pointerTo(region), offset: 4 * offset };
      },
      apply: (f: Parameters<typeof apply>[0], args: readonly Local[]): Code =>
        apply(
          f,
          args.map(({ get }) => get),
          {
            indexOf: (name) => module.indexOf(name),
            scratch,
            constant: (n) => v128.const(n, n, n, n),
          },
        ),
    };
  };
  type Context = ReturnType<typeof contextOf>;

  const workCode = (work: Loop | Call, context: Context): Code => {
    if (work.kind === 'loop') return loopCode(work, context);
    const argument = (each: CallArgument): Code => {
      if (typeof each === 'number') return i32.const(each);
      if ('float' in each) return f32.const(each.float);
      const { pointer, offset } = context.place(each.cell);
      return i32.add(pointer.get, i32.const(offset + 4 * each.offset));
    };
    return kernel(work.name, ...work.args.map(argument));
  };

  // ---- functions of a whole pass

  interface Pass {
    readonly fn: FunctionBuilder;
    readonly at: Local;
    readonly T: Local;
    readonly B: Local;
    readonly all: Local;
    /** The first row of the step. */
    readonly row: Local;
  }
  const openPass = (): Pass => {
    const fn = createFunction(['i32']);
    const at = fn.param(0);
    const [T, B, all, row] = [fn.local('i32'), fn.local('i32'), fn.local('i32'), fn.local('i32')];
    fn.add(T.set(read(at, 'T')), B.set(read(at, 'B')), all.set(i32.mul(T.get, B.get)), row.set(i32.const(0)));
    return { fn, at, T, B, all, row };
  };

  /** Where numbers of a cell lie for the row `first`. */
  const address = ({ at }: Pass, cell: number, offset: number, first: Code | undefined): Code => {
    const spot = spotOf(cell);
    const base = i32.add(read(at, spot.region), i32.const(4 * (spot.offset + offset)));
    return first !== undefined && isBySteps(spot.region)
      ? i32.add(base, bytes(first, pitchOf(spot.region)))
      : base;
  };
  const stepOf = (cell: number): Code => i32.const(4 * pitchOf(spotOf(cell).region));

  const packOf = (weight: Weight, turned: boolean): Packed => {
    const key = keyOf(weight);
    const known = packs.get(key);
    const size = weight.rows * padded8(weight.columns);
    const at = known?.at ?? sharedFloats;
    if (known === undefined) sharedFloats += size;
    let turnedAt = known?.turnedAt;
    if (turned && turnedAt === undefined) {
      turnedAt = turnedFloats;
      turnedFloats += padded8(weight.rows) * padded8(weight.columns);
      workFloats = Math.max(workFloats, 4 * padded8(weight.rows));
    }
    const packed = { weight, at, turnedAt };
    packs.set(key, packed);
    return packed;
  };

  /** A product for `count` rows from `first` on. */
  const productCode = (
    pass: Pass,
    { a, out, weight, transposed, start }: Product,
    first: Code,
    count: Code,
  ): Code => {
    const { at: packedAt, turnedAt } = packOf(weight, transposed);
    const columns = padded8(transposed ? weight.rows : weight.columns);
    const packed = i32.add(read(pass.at, 'shared'), i32.const(4 * packedAt));
    const outPitch = pitchOf(spotOf(out.cell).region);
    const aPitch = pitchOf(spotOf(a.cell).region);
    const codes: Code[] = [];
    for (let i = 0; i < out.count; i++) {
      const to = address(pass, out.cell, out.offset + i * out.step, first);
      if (start === 'zeros')
        codes.push(kernel('clearRows', to, i32.const(4 * outPitch), i32.const(columns), count));
      else if (start !== 'added') {
        const isRow = cells[start.cell]?.kind === 'row';
        const from = address(pass, start.cell, start.offset + (isRow ? i * out.step : 0), first);
        const floats = i32.const(isRow ? columns : transposed ? weight.rows : weight.columns);
        codes.push(
          kernel(
            'copyRows',
            to,
            i32.const(4 * outPitch),
            from,
            isRow ? stepOf(start.cell) : i32.const(0),
            floats,
            count,
          ),
        );
      }
    }
    const one = (to: Code, toPitch: number, from: Code, fromPitch: number, rows: Code): Code => {
      const pitches = [to, i32.const(toPitch), from, i32.const(fromPitch), packed];
      if (!transposed)
        return kernel('addProduct', ...pitches, rows, i32.const(weight.rows), i32.const(columns));
      const turned = i32.add(read(pass.at, 'turned'), i32.const(4 * (turnedAt ?? 0)));
      return kernel(
        'addTurnedProduct',
        ...pitches,
        turned,
        read(pass.at, 'work'),
        rows,
        i32.const(weight.rows),
        i32.const(padded8(weight.columns)),
      );
    };
    if (out.count < 4) {
      for (let i = 0; i < out.count; i++) {
        codes.push(
          one(
            address(pass, out.cell, out.offset + i * out.step, first),
            outPitch,
            address(pass, a.cell, a.offset + i * a.step, first),
            aPitch,
            count,
          ),
        );
      }
      return sequence(...codes);
    }
    const [i, to, from] = [pass.fn.local('i32'), pass.fn.local('i32'), pass.fn.local('i32')];
    return sequence(
      ...codes,
      to.set(address(pass, out.cell, out.offset, first)),
      from.set(address(pass, a.cell, a.offset, first)),
      forLoop(
        i,
        { from: i32.const(0), to: count, step: 1 },
        sequence(
          one(to.get, out.step, from.get, a.step, i32.const(out.count)),
          to.set(i32.add(to.get, i32.const(4 * outPitch))),
          from.set(i32.add(from.get, i32.const(4 * aPitch))),
        ),
      ),
    );
  };

  const segmentCode = (
    pass: Pass,
    segments: readonly Segment[],
    first: Local | undefined,
    behind: Code,
  ): Code =>
    sequence(
      ...segments.map(({ rows, products }) => {
        const from = first?.get ?? i32.const(0);
        const count = first === undefined ? pass.all.get : pass.B.get;
        return sequence(
          rows.length === 0 ? [] : call(rowsFunction(rows), pass.at.get, from, behind),
          ...products.map((product) => productCode(pass, product, from, count)),
        );
      }),
    );

  /** Lets the two places of a ring take turns. */
  const swap = ({ fn, at }: Pass, a: Region, b: Region): Code => {
    const kept = fn.local('i32');
    return sequence(
      kept.set(read(at, a)),
      i32.store(at.get, read(at, b), 4 * table.indexOf(a)),
      i32.store(at.get, kept.get, 4 * table.indexOf(b)),
    );
  };

  const stepsCode = (pass: Pass, { before, steps, after }: Schedule, direction: 'on' | 'back'): Code => {
    const { fn, T, B, all, row } = pass;
    const t = fn.local('i32');
    const behind = i32.add(row.get, B.get);
    const isRing = direction === 'on' ? layout.framesAre === 'two' : layout.slopesAre === 'two';
    const [a, b]: [Region, Region] = direction === 'on' ? ['frame', 'frameBefore'] : ['slopeOut', 'slopeIn'];
    // Parts of the state without a slope must not get that of the last step again.
    const lacks = direction === 'back' && roles.newStateSlope.includes(undefined);
    const clear = lacks ? memoryFill(read(pass.at, b), i32.const(0), bytes(B.get, pitchOf(b))) : [];
    const turn = isRing ? sequence(clear, swap(pass, a, b)) : [];
    const loop = segmentCode(pass, steps, row, behind);
    return sequence(
      segmentCode(pass, before, undefined, all.get),
      row.set(direction === 'on' ? i32.const(0) : i32.sub(all.get, B.get)),
      forLoop(
        t,
        { from: i32.const(0), to: T.get, step: 1 },
        sequence(loop, row.set(direction === 'on' ? i32.add(row.get, B.get) : i32.sub(row.get, B.get)), turn),
      ),
      segmentCode(pass, after, undefined, all.get),
    );
  };

  /** Copies `[batch, time, size]` into rows of steps, or back. */
  const leafRows = (pass: Pass, cell: number, tensor: string, way: 'in' | 'out'): Code => {
    const { fn, B, T, all } = pass;
    const size = cells[cell]?.size ?? 0;
    const [b, near, far] = [fn.local('i32'), fn.local('i32'), fn.local('i32')];
    const pitch = stepOf(cell);
    const step = i32.mul(B.get, pitch);
    const floats = i32.const(size);
    void all;
    const rows: Code[] =
      way === 'in'
        ? [near.get, step, far.get, i32.const(4 * size), floats, T.get]
        : [far.get, i32.const(4 * size), near.get, step, floats, T.get];
    return sequence(
      near.set(address(pass, cell, 0, i32.const(0))),
      far.set(read(pass.at, tensor)),
      forLoop(
        b,
        { from: i32.const(0), to: B.get, step: 1 },
        sequence(
          kernel('copyRows', ...rows),
          near.set(i32.add(near.get, pitch)),
          far.set(i32.add(far.get, bytes(T.get, size))),
        ),
      ),
    );
  };
  /** Copies `[batch, size]` into a slot of the state's frame, or back. */
  const stateRows = (
    pass: Pass,
    leaf: number,
    region: Region,
    row: Code,
    tensor: string,
    way: 'in' | 'out',
  ): Code => {
    const size = cells[roles.state[leaf] ?? -1]?.size ?? 0;
    const pitch = pitchOf(region);
    const base = i32.add(read(pass.at, region), i32.const(4 * (layout.slots[leaf] ?? 0)));
    const near = isBySteps(region) ? i32.add(base, bytes(row, pitch)) : base;
    const far = read(pass.at, tensor);
    const steps = [i32.const(4 * pitch), i32.const(4 * size)];
    const [nearStep, farStep] = [steps[0] ?? [], steps[1] ?? []];
    const rows = way === 'in' ? [near, nearStep, far, farStep] : [far, farStep, near, nearStep];
    return kernel('copyRows', ...rows, i32.const(size), pass.B.get);
  };

  // ---- forward

  const writeForward = (): void => {
    const pass = openPass();
    const { fn, at, T, B, all } = pass;
    const steps = stepsCode(pass, forward, 'on');
    // Before anything is packed, all packs must be known.
    if (backward !== undefined) {
      for (const product of productsOf(backward)) packOf(product.weight, product.transposed);
    }
    const copies = roles.captured.flatMap((cell, leaf) =>
      cell === undefined || spotOf(cell).region !== 'shared'
        ? []
        : [
            kernel(
              'copyRows',
              address(pass, cell, 0, undefined),
              i32.const(0),
              read(at, `captured ${leaf}`),
              i32.const(0),
              i32.const(cells[cell]?.size ?? 0),
              i32.const(1),
            ),
          ],
    );
    const ready = shared.length === 0 ? [] : call(rowsFunction(shared), at.get, i32.const(0), i32.const(1));
    const packing = [...packs.values()].map(({ weight, at: to }) =>
      kernel(
        'pack',
        i32.add(read(at, 'shared'), i32.const(4 * to)),
        address(pass, weight.cell, weight.offset, undefined),
        i32.const(weight.rows),
        i32.const(weight.columns),
        i32.const(1),
        i32.const(padded8(weight.columns)),
      ),
    );
    const given = roles.x.flatMap((cell, leaf) =>
      cell === undefined ? [] : [leafRows(pass, cell, `x ${leaf}`, 'in')],
    );
    const start = roles.state.map((_, leaf) =>
      stateRows(pass, leaf, 'frameBefore', i32.const(0), `state ${leaf}`, 'in'),
    );
    const results = roles.outputs.flatMap((cell, leaf) =>
      cell === undefined ? [] : [leafRows(pass, cell, `output ${leaf}`, 'out')],
    );
    // Where frames take turns, the last one is by now the one before.
    const last: Region = layout.framesAre === 'two' ? 'frameBefore' : 'frame';
    const ends = roles.nextState.map((_, leaf) =>
      stateRows(pass, leaf, last, i32.sub(all.get, B.get), `final ${leaf}`, 'out'),
    );
    void T;
    fn.add(
      sequence(...copies),
      ready,
      sequence(...packing),
      sequence(...given, ...start),
      turning(pass, forward),
      clearing(pass, forward),
      steps,
      sequence(...results, ...ends),
    );
    module.add(fn, 'forward');
  };

  /** Zeros behind rows that are multiplied eight numbers at a time. */
  const clearing = (pass: Pass, each: Schedule): Code =>
    sequence(
      ...productsOf(each).flatMap(({ a, transposed, weight }) => {
        const rest = padded8(weight.columns) - weight.columns;
        if (!transposed || rest === 0) return [];
        const { region, offset } = spotOf(a.cell);
        const rows = isBySteps(region) ? pass.all.get : pass.B.get;
        return turns(region).flatMap((each) =>
          Array.from({ length: a.count }, (_, i) =>
            kernel(
              'clearRows',
              i32.add(read(pass.at, each), i32.const(4 * (offset + a.offset + i * a.step + weight.columns))),
              stepOf(a.cell),
              i32.const(rest),
              rows,
            ),
          ),
        );
      }),
    );
  /** The places of a ring, of which each is the region at some step. */
  const turns = (region: Region): readonly Region[] => {
    if (isBySteps(region)) return [region];
    if (region === 'frame' || region === 'frameBefore') return ['frame', 'frameBefore'];
    return region === 'slopeIn' || region === 'slopeOut' ? ['slopeIn', 'slopeOut'] : [region];
  };

  /** Turns the packed weights that several rows at once are multiplied with. */
  const turning = (pass: Pass, each: Schedule): Code => {
    const turned = new Map<string, Product>();
    for (const product of productsOf(each)) {
      if (product.transposed) turned.set(keyOf(product.weight), product);
    }
    const inSteps = new Set<Work>(each.steps.flatMap(({ products }) => products));
    const codes = [...turned.values()].map(({ weight }) => {
      const packed = packOf(weight, true);
      const code = kernel(
        'packTransposed',
        i32.add(read(pass.at, 'turned'), i32.const(4 * (packed.turnedAt ?? 0))),
        i32.add(read(pass.at, 'shared'), i32.const(4 * packed.at)),
        i32.const(weight.rows),
        i32.const(padded8(weight.columns)),
      );
      const key = keyOf(weight);
      const alwaysNeeded = productsOf(each).some(
        (product) =>
          product.transposed &&
          keyOf(product.weight) === key &&
          (!inSteps.has(product) || product.out.count >= 4),
      );
      return alwaysNeeded ? code : when(i32.gtU(pass.B.get, i32.const(1)), code);
    });
    return sequence(...codes);
  };

  // ---- backward

  const writeBackward = (each: Schedule, name: string, xSlopes: boolean): void => {
    const pass = openPass();
    const { fn, at, B, all } = pass;
    const slopes = roles.outputSlope.flatMap((cell, leaf) =>
      cell === undefined ? [] : [leafRows(pass, cell, `outputSlope ${leaf}`, 'in')],
    );
    const behind = i32.sub(all.get, B.get);
    const start = roles.stateSlope.flatMap((cell, leaf) =>
      cell === undefined ? [] : [stateRows(pass, leaf, 'slopeIn', behind, `stateSlope ${leaf}`, 'in')],
    );
    const steps = stepsCode(pass, each, 'back');
    const sums = each.sums.map((work) =>
      work.kind === 'rowSum' ? rowSumCode(pass, work) : slopeCode(pass, work),
    );
    const closing =
      each.closing.length === 0 ? [] : call(rowsFunction(each.closing), at.get, i32.const(0), i32.const(1));
    const xRows = xSlopes
      ? roles.xSlope.flatMap((cell, leaf) =>
          cell === undefined ? [] : [leafRows(pass, cell, `xSlope ${leaf}`, 'out')],
        )
      : [];
    const lastRegion: Region = layout.slopesAre === 'two' ? 'slopeIn' : 'slopeOut';
    const ends = roles.newStateSlope.flatMap((cell, leaf) =>
      cell === undefined
        ? []
        : [stateRows(pass, leaf, lastRegion, i32.const(0), `newStateSlope ${leaf}`, 'out')],
    );
    fn.add(
      sequence(...slopes),
      zeroSlots(pass),
      sequence(...start),
      turning(pass, each),
      clearing(pass, each),
      steps,
      sequence(...sums),
      closing,
      sequence(...xRows, ...ends),
    );
    module.add(fn, name);
  };

  /** Parts of the state that nothing depends on have no slope: zeros, at all steps. */
  const zeroSlots = (pass: Pass): Code => {
    if (roles.newStateSlope.every((cell) => cell !== undefined)) return [];
    const floats = pitchOf('slopeIn');
    if (layout.slopesAre === 'all') {
      const rows = i32.add(pass.all.get, pass.B.get);
      return memoryFill(read(pass.at, 'slopeOut'), i32.const(0), bytes(rows, floats));
    }
    return sequence(
      memoryFill(read(pass.at, 'slopeIn'), i32.const(0), bytes(pass.B.get, floats)),
      memoryFill(read(pass.at, 'slopeOut'), i32.const(0), bytes(pass.B.get, floats)),
    );
  };

  const rowSumCode = (pass: Pass, { d, count, out }: RowSum): Code =>
    kernel(
      'sumRowsOf',
      address(pass, out.cell, out.offset, undefined),
      address(pass, d.cell, d.offset, i32.const(0)),
      stepOf(d.cell),
      pass.all.get,
      i32.const(count),
    );

  const slopeCode = (pass: Pass, { a, d, depth, columns, out }: WeightSlope): Code => {
    const paddedDepth = 4 * Math.ceil(depth / 4);
    const own = 128 * (paddedDepth + 64) + paddedDepth * padded8(columns);
    workFloats = Math.max(workFloats, own + depth * columns + 8);
    const pitch = ({ cell }: Rows): Code => i32.const(pitchOf(spotOf(cell).region));
    return sequence(
      ...Array.from({ length: a.count }, (_, i) =>
        kernel(
          'addWeightSlope',
          address(pass, out.cell, out.offset, undefined),
          address(pass, a.cell, a.offset + i * a.step, i32.const(0)),
          pitch(a),
          address(pass, d.cell, d.offset + i * d.step, i32.const(0)),
          pitch(d),
          read(pass.at, 'work'),
          i32.add(read(pass.at, 'work'), i32.const(4 * own)),
          pass.all.get,
          i32.const(depth),
          i32.const(columns),
          i32.const(Number(i > 0)),
        ),
      ),
    );
  };

  return {
    write() {
      for (const name of ['T', 'B', 'shared', 'work', 'turned']) table.indexOf(name);
      writeForward();
      if (backward !== undefined) {
        writeBackward(backward, 'backToX', true);
        writeBackward(plan.backwardAlone ?? backward, 'back', false);
      }
      return { sharedFloats, turnedFloats, workFloats };
    },
  };
}

function pitchName(region: Region): string {
  if (region === 'frameBefore') return 'frame';
  return region === 'slopeOut' ? 'slopeIn' : region;
}

function productsOf({ before, steps, after }: Schedule): Product[] {
  return [...before, ...steps, ...after].flatMap(({ products }) => products);
}

/** Parts of one cell are weights of their own. */
const keyOf = ({ cell, offset, rows, columns }: Weight): string => `${[cell, offset, rows, columns]}`;
const padded8 = (count: number): number => Math.ceil(count / 8) * 8;
