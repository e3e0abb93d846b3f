import type { CompileTimes } from './compiling.js';
import type { Measured } from './contest.js';
import { type NetPass, netPasses } from './inProcess.js';
import { type Timing, timingOf } from './stopwatch.js';

const passNames: Readonly<Record<NetPass, string>> = {
  train: 'training',
  gradient: 'gradient',
  infer: 'forward',
  gradientKernels: 'gradient, kernels alone',
  inferKernels: 'forward, kernels alone',
};

/** How a program compares with `scan`: its least time ÷ the least time of `scan`, and so for the medians. */
interface Ratio {
  readonly min: number;
  readonly median: number;
}

interface Compared {
  readonly program: string;
  readonly pass: NetPass;
  readonly timing: Timing;
  /** Of all but the first program, which is `scan`. */
  readonly ratio?: Ratio;
}

/** All that was measured, by pass, the programs that have it under each other. */
function comparedOf(measured: readonly Measured<NetPass>[]): Compared[] {
  const [own] = measured;
  return netPasses.flatMap((pass) => {
    const ours = timingIn(own, pass);
    return measured.flatMap((each) => {
      const timing = timingIn(each, pass);
      if (timing === undefined) return [];
      const compared = { program: each.name, pass, timing };
      return ours === undefined || each === own ? compared : { ...compared, ratio: ratioOf(timing, ours) };
    });
  });
}

function timingIn(measured: Measured<NetPass> | undefined, pass: NetPass): Timing | undefined {
  const times = measured?.times.get(pass) ?? [];
  return times.length > 0 ? timingOf(times) : undefined;
}

function ratioOf(other: Timing, own: Timing): Ratio {
  const of = (name: keyof Ratio) => Number((other[name] / own[name]).toPrecision(3));
  return { min: of('min'), median: of('median') };
}

export const netHead = [
  'net',
  'batch',
  'pass',
  'program',
  'least ms',
  'median ms',
  '÷ scan, least',
  'median',
];

export function netRows(net: string, batch: number, measured: readonly Measured<NetPass>[]): string[][] {
  return comparedOf(measured).map(({ program, pass, timing, ratio }) => [
    net,
    String(batch),
    passNames[pass],
    program,
    ...[timing.min, timing.median].map((ms) => ms.toFixed(2)),
    ...(ratio ? [ratio.min, ratio.median].map(String) : ['', '']),
  ]);
}

/** One event per program. */
export function netEvents(work: object, measured: readonly Measured<NetPass>[]): object[] {
  const compared = comparedOf(measured);
  return measured.map(({ name: program }) => {
    const own = compared.filter((each) => each.program === program);
    const times = Object.fromEntries(own.map(({ pass, timing }) => [`${pass}Ms`, timing]));
    const ratios = own.flatMap(({ pass, ratio }) => (ratio ? [[pass, ratio] as const] : []));
    const ratio = ratios.length > 0 ? { ratio: Object.fromEntries(ratios) } : {};
    return { event: 'net', ...work, program, threads: 1, ...times, ...ratio };
  });
}

export const compileHead = ['net', 'compilation', 'compile ms', 'processor ms', 'first gradient ms'];

/** A row for each time that a net was compiled, with fresh weights and a fresh step. */
export function compileRows(net: string, times: readonly CompileTimes[]): string[][] {
  return times.map(({ compile, processor, firstGradient }, i) => [
    net,
    String(i + 1),
    ...[compile, processor, firstGradient].map((ms) => ms.toFixed(0)),
  ]);
}

export function compileEvent(net: string, times: readonly CompileTimes[]): object {
  const all = (name: keyof CompileTimes) => times.map((each) => Number(each[name].toFixed(1)));
  return {
    event: 'compile',
    net,
    compileMs: all('compile'),
    processorMs: all('processor'),
    firstGradientMs: all('firstGradient'),
  };
}
