import type { OpName } from '../engine.js';
import { TapeheadError } from '../errors.js';
import { declareOp, type Op, type OpDeclaration } from './declare.js';
import { numbersAmong, type Port, type Shaped } from './kernel.js';

/** The sizes of an op by the letters of its axes. */
export type SizesOf<L extends string> = Readonly<Record<L, number>>;

/** An op whose shapes are written with letters, such as `key: 'B H M'`. */
export interface AxesDeclaration<L extends string>
  extends OpName,
    Pick<OpDeclaration<SizesOf<L>>, 'keeps' | 'again'> {
  /** What each letter counts, in the order in which the kernels take the sizes: `{ B: 'batch', N: 'memorySize' }`. */
  readonly sizes: Readonly<Record<L, string>>;
  /** The axes of each input, in the order in which the kernels take them; `4U` is four times U. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, string>>;
}

/** An op whose sizes follow from the shapes of its inputs. */
export interface AxesOp<L extends string> extends Op<SizesOf<L>> {
  /** The letters, in the order in which the kernels take them. */
  readonly letters: readonly L[];
  /**
   * The sizes of these inputs.
   * @throws TapeheadError `shape` where two inputs disagree
   */
  sizesOf(inputs: readonly Shaped[]): SizesOf<L>;
}

/** {@link declareOp} by letters. */
export function declareAxesOp<L extends string>(declaration: AxesDeclaration<L>): AxesOp<L> {
  const { sizes: meanings, inputs, outputs, ...rest } = declaration;
  const letters = Object.keys(meanings).filter((letter): letter is L => letter in meanings);
  const taken = Object.entries(inputs).map(([name, axes]) => ({ name, axes: parsed(axes, letters) }));
  const given = Object.entries(outputs).map(([name, axes]) => ({ name, axes: parsed(axes, letters) }));
  const op = declareOp<SizesOf<L>>({
    ...rest,
    settingsOf: (attributes, tensors) =>
      tensors === undefined ? numbersAmong(letters, attributes) : unified(rest.name, letters, taken, tensors),
    names: { inputs: Object.keys(inputs), outputs: Object.keys(outputs) },
    inputs: (sizes) => taken.map((port) => portOf(port, sizes)),
    outputs: (sizes) => given.map((port) => portOf(port, sizes)),
    about: (sizes) => letters.map((letter) => `${meanings[letter]} ${sizes[letter]}`).join(', '),
  });
  return { ...op, letters, sizesOf: (tensors) => unified(op.name, letters, taken, tensors) };
}

interface Axis<L extends string> {
  readonly times: number;
  readonly letter: L;
}

interface Axed<L extends string> {
  readonly name: string;
  readonly axes: readonly Axis<L>[];
}

/** `'I 4U'` to [{ times: 1, letter: 'I' }, { times: 4, letter: 'U' }]. */
function parsed<L extends string>(axes: string, letters: readonly L[]): Axis<L>[] {
  return axes.split(' ').map((axis) => {
    const letter = letters.find((each) => axis.endsWith(each));
    if (letter === undefined) throw new Error(`no letter of ${letters} ends ${axis}`);
    return { letter, times: Number(axis.slice(0, -letter.length) || 1) };
  });
}

function portOf<L extends string>({ name, axes }: Axed<L>, sizes: SizesOf<L>): Port {
  return { name, shape: axes.map(({ times, letter }) => times * sizes[letter]) };
}

function unified<L extends string>(
  op: string,
  letters: readonly L[],
  ports: readonly Axed<L>[],
  tensors: readonly Shaped[],
): SizesOf<L> {
  const sizes = new Map<L, number>();
  for (const [i, { name, axes }] of ports.entries()) {
    const shape = tensors[i]?.shape ?? [];
    const fits =
      shape.length === axes.length &&
      axes.every(({ letter, times }, axis) => {
        const size = (shape[axis] ?? Number.NaN) / times;
        if (!sizes.has(letter)) sizes.set(letter, size);
        return sizes.get(letter) === size && Number.isInteger(size);
      });
    if (!fits) {
      const wanted = axes.map(({ letter, times }) => `${times === 1 ? '' : times}${letter}`);
      const known = [...sizes].map(([letter, size]) => `${letter} ${size}`);
      throw new TapeheadError(
        'shape',
        `${op}: ${name}: expected shape [${wanted.join(', ')}] (${known.join(', ')}), got [${shape.join(', ')}]`,
      );
    }
  }
  return numbersAmong(letters, Object.fromEntries(sizes));
}
