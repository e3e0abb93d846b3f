import type { Argument, Loop } from '../../plan/work.js';

/** How often each register is read by what is stored or reduced in the end. */
export function usesIn({ terms, stores, reductions }: Loop): number[] {
  const uses = terms.map(() => 0);
  const use = (argument: Argument): void => {
    if (argument.kind === 'register') uses[argument.index] = (uses[argument.index] ?? 0) + 1;
  };
  for (const { from } of [...stores, ...reductions]) use(from);
  for (let i = terms.length - 1; i >= 0; i--)
    if ((uses[i] ?? 0) > 0) for (const each of terms[i]?.args ?? []) use(each);
  return uses;
}

/** The factors of a product that nothing else reads, so that it is multiplied and added in one instruction. */
export function factorsOf(
  { terms }: Loop,
  uses: readonly number[],
  argument: Argument | undefined,
): readonly Argument[] | undefined {
  if (argument?.kind !== 'register' || uses[argument.index] !== 1) return undefined;
  const term = terms[argument.index];
  return term?.f === 'mul' ? term.args : undefined;
}

/** The terms that are computed where they are added. */
export function inlinedIn(loop: Loop, uses: readonly number[]): ReadonlySet<number> {
  const inlined = new Set<number>();
  const take = (argument: Argument | undefined): boolean => {
    if (argument?.kind !== 'register' || factorsOf(loop, uses, argument) === undefined) return false;
    inlined.add(argument.index);
    return true;
  };
  for (const [i, { f, args }] of loop.terms.entries()) {
    if (!uses[i]) continue;
    if (f === 'sub' || (f === 'add' && !take(args[0]))) take(args[1]);
  }
  for (const { f, from } of loop.reductions) if (f === 'sum') take(from);
  return inlined;
}
