import { type Code, type Type, typeBytes } from './code.js';
import { unsigned } from './numbers.js';

const END = 11;

/** A parameter or a variable of a function. */
export interface Local {
  readonly get: Code;
  /** Takes the value. */
  set(value: Code): Code;
  /** Takes the value and leaves it on the stack. */
  tee(value: Code): Code;
}

/** Writes one function. */
export interface FunctionBuilder {
  readonly params: readonly Type[];
  readonly results: readonly Type[];
  param(i: number): Local;
  /** A new variable, or one that a `scope` has left. Only a new one starts as 0. */
  local(type: Type): Local;
  /** Gives back the variables made within `write`: later code may use them for other things. */
  scope<T>(write: () => T): T;
  add(...code: Code[]): void;
  /** The body as it stands in a module, without its size. */
  body(): Code;
}

/** Without a result unless `results` names one or more. */
export function createFunction(params: readonly Type[], results: readonly Type[] = []): FunctionBuilder {
  const types: Type[] = [];
  const code: Code[] = [];
  const free: Record<Type, Local[]> = { i32: [], f32: [], v128: [] };
  let scoped: [Type, Local][] = [];
  return {
    params,
    results,
    param(i) {
      if (params[i] === undefined) throw new Error(`a function of ${params.length} parameters has no ${i}`);
      return localAt(i);
    },
    local(type) {
      const made = free[type].pop() ?? localAt(params.length + types.push(type) - 1);
      scoped.push([type, made]);
      return made;
    },
    scope(write) {
      const outer = scoped;
      scoped = [];
      const result = write();
      for (const [type, local] of scoped) free[type].push(local);
      scoped = outer;
      return result;
    },
    add: (...more) => void code.push(...more),
    body: () => [declarations(types), code, END],
  };
}

function localAt(index: number): Local {
  const place = unsigned(index);
  const [set, tee] = [`\x21${place}`, `\x22${place}`];
  return { get: [`\x20${place}`], set: (value) => [value, set], tee: (value) => [value, tee] };
}

/** Runs of the same type, by length. */
function declarations(types: readonly Type[]): Code {
  const runs: { type: Type; count: number }[] = [];
  for (const type of types) {
    const last = runs.at(-1);
    if (last?.type === type) last.count++;
    else runs.push({ type, count: 1 });
  }
  return [unsigned(runs.length), runs.map(({ type, count }) => [unsigned(count), typeBytes[type]])];
}
