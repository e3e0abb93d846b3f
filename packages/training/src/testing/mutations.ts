import { createHash } from 'node:crypto';
import fc from 'fast-check';

/** Draws a value while a property runs: that of `fc.gen()`. */
export type Draw = fc.GeneratorValue;

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
interface JsonObject {
  [name: string]: Json;
}

/** A safetensors file taken apart, so that each part can be changed for itself. */
interface Parts {
  metadata: Record<string, string>;
  tensors: { name: string; dtype: string; shape: number[]; bytes: Uint8Array }[];
}

/** What was done to a file. `plain`: to its bytes, as a disk or a network does; `signed`: with a new checksum. */
export interface Mutation {
  readonly kind: 'plain' | 'signed';
  readonly what: string;
  readonly bytes: Uint8Array;
}

/** By index: `fc.gen` compares the arguments of its draws, and long ones slowly. */
export function pick<T>(draw: Draw, list: readonly T[]): T {
  const chosen = list[draw(fc.nat, Math.max(0, list.length - 1))];
  if (chosen === undefined) throw new Error('nothing to pick from');
  return chosen;
}

/** One mutation of a file; of every second one the checksum fits, so that what is behind the checksum is tested. */
export function mutated(draw: Draw, file: Uint8Array): Mutation {
  const [what, kind, mutate] = pick(draw, mutations);
  return { what, kind, bytes: mutate(draw, file) };
}

type Mutate = (draw: Draw, file: Uint8Array) => Uint8Array;

const mutations: [what: string, kind: Mutation['kind'], mutate: Mutate][] = [
  ['bits flipped', 'plain', flipped],
  ['bits of the header flipped', 'plain', (draw, file) => flipped(draw, file, headerEnd(file))],
  ['truncated', 'plain', (draw, file) => file.slice(0, draw(fc.nat, file.length - 1))],
  ['bytes inserted', 'plain', inserted],
  ['bytes deleted', 'plain', deleted],
  ['a block moved', 'plain', moved],
  ['the header changed', 'plain', (draw, file) => withHeader(file, (header) => edited(draw, header))],
  ['the metadata changed', 'plain', (draw, file) => unsigned(file, settingsEdited(draw, file))],
  ['the settings changed', 'signed', (draw, file) => signed(settingsEdited(draw, file))],
  ['the settings changed', 'signed', (draw, file) => signed(settingsEdited(draw, file))],
  [
    'the settings changed twice',
    'signed',
    (draw, file) => signed(settingsEdited(draw, signed(settingsEdited(draw, file)))),
  ],
  ['a name twice in the settings', 'signed', (draw, file) => signed(settingTwice(draw, file))],
  ['tensors changed', 'signed', (draw, file) => signed(tensorsEdited(draw, partsOf(file)))],
  ['tensors changed', 'signed', (draw, file) => signed(tensorsEdited(draw, partsOf(file)))],
  ['the list of the optimizer changed', 'signed', (draw, file) => signed(listEdited(draw, partsOf(file)))],
  ['the metadata changed', 'signed', (draw, file) => signed(metadataEdited(draw, partsOf(file)))],
];

const nasty: Json[] = [
  0,
  -1,
  1,
  2,
  3,
  0.5,
  1e6,
  1e7,
  65_537,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  1e308,
  null,
  true,
  false,
  '',
  '3',
  'none',
  'constructor',
  '__proto__',
  'x'.repeat(300),
  '\u0000\n',
  [],
  [1],
  {},
  { norm: 1, value: 1 },
  'feedforward',
  'lstm',
  'own',
  'read-first',
  'linear',
  'GravesRMSProp',
  'ExactAdam',
  'sum',
  'mean',
];

function flipped(draw: Draw, file: Uint8Array, before = file.length): Uint8Array {
  const changed = file.slice();
  const count = draw(fc.integer, { min: 1, max: 3 });
  for (let i = 0; i < count; i++) {
    const at = draw(fc.nat, before - 1);
    changed[at] = (changed[at] ?? 0) ^ (1 << draw(fc.nat, 7));
  }
  return changed;
}

function inserted(draw: Draw, file: Uint8Array): Uint8Array {
  const at = draw(fc.nat, file.length);
  const more = draw(fc.uint8Array, { minLength: 1, maxLength: 9 });
  return Buffer.concat([file.subarray(0, at), more, file.subarray(at)]);
}

function deleted(draw: Draw, file: Uint8Array): Uint8Array {
  const at = draw(fc.nat, file.length - 1);
  return Buffer.concat([file.subarray(0, at), file.subarray(at + draw(fc.integer, { min: 1, max: 64 }))]);
}

/** Written over another place, as a torn write of a disk leaves it. */
function moved(draw: Draw, file: Uint8Array): Uint8Array {
  const changed = file.slice();
  const length = draw(fc.integer, { min: 1, max: 600 });
  const from = draw(fc.nat, file.length - 1);
  changed.copyWithin(draw(fc.nat, file.length - 1), from, from + length);
  return changed;
}

const headerEnd = (file: Uint8Array): number =>
  8 + Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));

function headerOf(file: Uint8Array): JsonObject {
  return JSON.parse(new TextDecoder().decode(file.subarray(8, headerEnd(file))));
}

function withHeader(file: Uint8Array, edit: (header: JsonObject) => Json): Uint8Array {
  return assembled(JSON.stringify(edit(headerOf(file))), file.subarray(headerEnd(file)));
}

function assembled(header: string, data: Uint8Array): Uint8Array {
  const json = Buffer.from(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, data]);
}

/** One change somewhere in a JSON value: of a value, a name or the order. */
function edited(draw: Draw, root: Json): Json {
  const place = placeIn(draw, root);
  return changedAt(root, place, (node) => {
    const ways =
      typeof node === 'object' && node !== null
        ? [replaced, without, renamed, swapped, doubled]
        : [replaced, near];
    return pick(draw, ways)(draw, node);
  });
}

type Path = readonly string[];

/** A walk from the root that may end anywhere, so that long lists do not take all of the mutations. */
function placeIn(draw: Draw, value: Json): Path {
  const below = entriesOf(value);
  if (below.length === 0 || draw(fc.nat, 2) === 0) return [];
  const [name, child] = pick(draw, below);
  return [name, ...placeIn(draw, child)];
}

function changedAt(value: Json, [name, ...rest]: Path, change: (value: Json) => Json): Json {
  if (name === undefined) return change(value);
  if (Array.isArray(value))
    return value.map((each, i) => (String(i) === name ? changedAt(each, rest, change) : each));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, each]): [string, Json] => [
    key,
    key === name ? changedAt(each, rest, change) : each,
  ]);
  return Object.fromEntries(entries);
}

type Edit = (draw: Draw, node: Json) => Json;

const replaced: Edit = (draw) => pick(draw, nasty);

/** A value like the one before, of another size. */
const near: Edit = (draw, node) => {
  if (typeof node === 'number')
    return pick(draw, [node + 1, node - 1, node * 1000, node / 2, -node, String(node)]);
  return typeof node === 'string' ? `${node}x` : !node;
};

const without: Edit = (draw, node) => fromEntries(node, dropOne(draw, entriesOf(node)));

const renamed: Edit = (draw, node) => {
  const entries = entriesOf(node);
  const at = draw(fc.nat, Math.max(0, entries.length - 1));
  const names = [
    'constructor',
    '__proto__',
    '',
    entries[at]?.[0].toUpperCase() ?? 'x',
    `${entries[at]?.[0]}x`,
  ];
  const name = pick(draw, names);
  return fromEntries(
    node,
    entries.map(([key, each], i): [string, Json] => [i === at ? name : key, each]),
  );
};

const swapped: Edit = (draw, node) => {
  const entries = entriesOf(node);
  const [a, b] = [
    draw(fc.nat, Math.max(0, entries.length - 1)),
    draw(fc.nat, Math.max(0, entries.length - 1)),
  ];
  const values = entries.map(([, each]) => each);
  return fromEntries(
    node,
    entries.map(([key, each], i): [string, Json] => [
      key,
      (i === a ? values[b] : i === b ? values[a] : each) ?? null,
    ]),
  );
};

const doubled: Edit = (draw, node) => {
  const entries = entriesOf(node);
  const [key, value] = draw(
    fc.constantFrom,
    ...(entries.length === 0 ? [['x', 1] as [string, Json]] : entries),
  );
  return fromEntries(node, [...entries, [`${key}2`, value]]);
};

function entriesOf(node: Json): [string, Json][] {
  return typeof node === 'object' && node !== null ? Object.entries(node) : [];
}

function fromEntries(like: Json, entries: [string, Json][]): Json {
  return Array.isArray(like) ? entries.map(([, each]) => each) : Object.fromEntries(entries);
}

function dropOne<T>(draw: Draw, list: readonly T[]): T[] {
  const at = draw(fc.nat, Math.max(0, list.length - 1));
  return list.filter((_, i) => i !== at);
}

function partsOf(file: Uint8Array): Parts {
  const { __metadata__: given, ...entries } = headerOf(file);
  const data = file.subarray(headerEnd(file));
  const metadata = Object.fromEntries(entriesOf(given ?? {}).map(([name, text]) => [name, String(text)]));
  const tensors = Object.entries(entries).map(([name, entry]) => {
    const { dtype, shape, data_offsets: offsets } = Object.fromEntries(entriesOf(entry));
    const [begin, end] = numbersIn(offsets);
    return { name, dtype: String(dtype), shape: numbersIn(shape), bytes: data.slice(begin, end) };
  });
  return { metadata, tensors };
}

function numbersIn(value: Json | undefined): number[] {
  return Array.isArray(value) ? value.map(Number) : [];
}

function joined({ metadata, tensors }: Parts): Uint8Array {
  let end = 0;
  const entries = tensors.map(({ name, dtype, shape, bytes }) => {
    const begin = end;
    end += bytes.length;
    return [name, { dtype, shape, data_offsets: [begin, end] }];
  });
  const header: object = Object.fromEntries([['__metadata__', metadata], ...entries]);
  return assembled(JSON.stringify(header), Buffer.concat(tensors.map(({ bytes }) => bytes)));
}

/** With the old checksum. */
const unsigned = (_: Uint8Array, parts: Parts): Uint8Array => joined(parts);

/** With a checksum that fits, by another implementation than the one under test. */
function signed({ metadata, tensors }: Parts): Uint8Array {
  const { 'tapehead.checksum': _, ...texts } = metadata;
  const order = (a: string, b: string) => (a < b ? -1 : Number(a > b));
  const unique = [...new Map(tensors.map((each) => [each.name, each])).values()];
  const sorted = [...unique].sort((a, b) => order(a.name, b.name));
  const head = [
    Object.entries(texts).sort(([a], [b]) => order(a, b)),
    sorted.map(({ name, dtype, shape }) => [name, dtype, shape]),
  ];
  const hash = createHash('sha256').update(JSON.stringify(head));
  for (const { bytes } of sorted) hash.update(bytes);
  return joined({
    metadata: { ...texts, 'tapehead.checksum': `sha256:${hash.digest('hex')}` },
    tensors: unique,
  });
}

const sections = ['model', 'task', 'optimizer', 'training'] as const;

function settingsEdited(draw: Draw, file: Uint8Array): Parts {
  const parts = partsOf(file);
  const section = pick(draw, sections);
  const settings: Json = JSON.parse(parts.metadata[section] ?? '{}');
  return { ...parts, metadata: { ...parts.metadata, [section]: JSON.stringify(edited(draw, settings)) } };
}

function settingTwice(draw: Draw, file: Uint8Array): Parts {
  const parts = partsOf(file);
  const section = pick(draw, sections);
  const text = parts.metadata[section] ?? '{}';
  const [name = 'x'] = pick(draw, entriesOf(JSON.parse(text)));
  const more = `${text.slice(0, -1)},${JSON.stringify(name)}:${JSON.stringify(pick(draw, nasty))}}`;
  return { ...parts, metadata: { ...parts.metadata, [section]: more } };
}

function metadataEdited(draw: Draw, parts: Parts): Parts {
  const changed = edited(draw, parts.metadata);
  const metadata = Object.fromEntries(entriesOf(changed).map(([name, text]) => [name, String(text)]));
  return { ...parts, metadata };
}

/** The order, the names and the number of the optimizer's tensors, with the tensors and without them. */
function listEdited(draw: Draw, parts: Parts): Parts {
  const optimizer: JsonObject = JSON.parse(parts.metadata.optimizer ?? '{}');
  const weights = entriesOf(optimizer.weights ?? []).map(([, name]) => String(name));
  const [at, to] = [draw(fc.nat, weights.length - 1), draw(fc.nat, weights.length - 1)];
  const [name = '', partner = ''] = [weights[at], weights[to]];
  const owner = pick(draw, ['x', 'constructor', '__proto__', 'headBias', 'outputKernel']);
  const other = `${owner}${name.slice(Math.max(0, name.lastIndexOf('/')))}`;
  const others = weights.filter((_, i) => i !== at);
  const renamedTo = (found: string) => (list: Tensor[]) =>
    list.map((each) => (each.name === `optimizer.${name}` ? { ...each, name: `optimizer.${found}` } : each));
  const same = (list: Tensor[]) => list;
  const [list, change] = pick<[string[], (list: Tensor[]) => Tensor[]]>(draw, [
    [draw(fc.shuffledSubarray, weights, { minLength: weights.length }), same],
    [weights.map((each, i) => (i === at ? partner : i === to ? name : each)), same],
    [others, same],
    [others, (all) => all.filter((each) => each.name !== `optimizer.${name}`)],
    [weights.map((each, i) => (i === at ? other : each)), renamedTo(other)],
  ]);
  const metadata = { ...parts.metadata, optimizer: JSON.stringify({ ...optimizer, weights: list }) };
  return { metadata, tensors: change(parts.tensors) };
}

type Tensor = Parts['tensors'][number];

const tensorEdits: ((draw: Draw, tensor: Tensor) => Tensor | undefined)[] = [
  () => undefined,
  (_, tensor) => ({ ...tensor, shape: [...tensor.shape].reverse() }),
  (_, tensor) => ({ ...tensor, shape: [tensor.shape.reduce((a, b) => a * b, 1)] }),
  (_, tensor) => ({ ...tensor, shape: [1, ...tensor.shape] }),
  (draw, tensor) => ({ ...tensor, dtype: pick(draw, ['F32', 'I32', 'F64', 'F16', 'U8', 'X9']) }),
  (draw, tensor) => ({
    ...tensor,
    name: draw(
      fc.constantFrom,
      `${tensor.name}x`,
      'parameters.constructor',
      'parameters.__proto__',
      'optimizer.x/n',
      'x',
    ),
  }),
  (draw, tensor) => withNumber(draw, tensor),
  (_, tensor) => converted(tensor),
  (_, tensor) => ({ ...tensor, shape: [0, 2 ** 40], bytes: new Uint8Array(0) }),
];

function tensorsEdited(draw: Draw, { metadata, tensors }: Parts): Parts {
  const [a, b] = [draw(fc.nat, tensors.length - 1), draw(fc.nat, tensors.length - 1)];
  const [first, second] = [tensors[a], tensors[b]];
  if (first === undefined || second === undefined) return { metadata, tensors };
  if (draw(fc.nat, 3) === 0) {
    // Two tensors change their names, or their numbers.
    const renamedPair = tensors.map((each, i) =>
      i === a ? { ...each, name: second.name } : i === b ? { ...each, name: first.name } : each,
    );
    return { metadata, tensors: renamedPair };
  }
  const edit = pick(draw, tensorEdits);
  return { metadata, tensors: tensors.flatMap((each, i) => (i === a ? (edit(draw, each) ?? []) : [each])) };
}

function withNumber(draw: Draw, tensor: Tensor): Tensor {
  const bytes = tensor.bytes.slice();
  const view = new DataView(bytes.buffer);
  const value = pick(draw, [Number.NaN, Number.POSITIVE_INFINITY, -1, 1e300, 0, 7]);
  const width = tensor.dtype === 'F64' ? 8 : 4;
  const at = width * draw(fc.nat, Math.max(0, bytes.length / width - 1));
  if (tensor.dtype === 'F64') view.setFloat64(at, value, true);
  else if (tensor.dtype === 'F32') view.setFloat32(at, value, true);
  else view.setInt32(at, value, true);
  return { ...tensor, bytes };
}

/** The same numbers in float64, where they were float32. */
function converted(tensor: Tensor): Tensor {
  if (tensor.dtype !== 'F32') return tensor;
  const values = Float64Array.from(new Float32Array(tensor.bytes.slice().buffer));
  return { ...tensor, dtype: 'F64', bytes: new Uint8Array(values.buffer) };
}
