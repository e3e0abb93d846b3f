import { SymbolicTensor } from '@tensorflow/tfjs-layers';

/** What `layer.apply` gives for symbolic inputs, as a list. */
export function symbolic(given: unknown): SymbolicTensor[] {
  const list: unknown[] = Array.isArray(given) ? given : [given];
  return list.map((each) => {
    if (each instanceof SymbolicTensor) return each;
    throw new Error('a layer gives symbolic tensors for symbolic tensors');
  });
}

/** {@link symbolic} of a layer with one output. */
export function oneOf(given: unknown): SymbolicTensor {
  const [one] = symbolic(given);
  if (one) return one;
  throw new Error('a layer has an output');
}

/** {@link symbolic} of a layer with two outputs. */
export function twoOf(given: unknown): [SymbolicTensor, SymbolicTensor] {
  const [first, second] = symbolic(given);
  if (first && second) return [first, second];
  throw new Error('the layer has two outputs');
}

const counts = new Map<string, number>();

/** The name itself, and later `name_2`, `name_3`: the layers of a model must have different names. */
export function freshName(base: string): string {
  const count = (counts.get(base) ?? 0) + 1;
  counts.set(base, count);
  return count === 1 ? base : `${base}_${count}`;
}
