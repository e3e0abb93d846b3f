import * as tf from '@tensorflow/tfjs-core';
import { cosine, interpolate, layerNorm, sharpen, writeMemory } from './lines/compounds.js';
import { cumprod, cumulate, fold, softmax } from './lines/folds.js';
import { argBest, gather, integers, lookUp, pickOwn } from './lines/indices.js';
import { count, type Maker } from './lines/line.js';
import { binary, select, sharedOps, unary } from './lines/maps.js';
import { concat, pad, rotate, slice, split, stack } from './lines/parts.js';
import { rowProduct, vectorProduct, weightFirst, weightProduct } from './lines/products.js';
import { broadcastTo, expandDims, inFront, reshape, reverse, tile, transpose } from './lines/views.js';
import { type Entry, exampleBatch, type Writer } from './writer.js';

/** How often each is drawn. */
const weighted: [Maker, number][] = [
  [unary, 9],
  [binary, 16],
  [select, 2],
  [fold, 8],
  [weightProduct, 9],
  [weightFirst, 1],
  [rowProduct, 7],
  [vectorProduct, 4],
  [softmax, 4],
  [concat, 4],
  [stack, 2],
  [split, 3],
  [slice, 3],
  [rotate, 2],
  [pad, 2],
  [transpose, 3],
  [tile, 2],
  [broadcastTo, 2],
  [reverse, 1],
  [cumulate, 2],
  [cumprod, 1],
  [reshape, 6],
  [expandDims, 4],
  [inFront, 1],
  [gather, 1],
  [lookUp, 4],
  [pickOwn, 2],
  [argBest, 1],
  [integers, 1],
  [interpolate, 3],
  [sharpen, 1],
  [cosine, 2],
  [layerNorm, 1],
  [writeMemory, 2],
  [sharedOps, 2],
];

const makers = weighted.flatMap(([maker, often]) => Array.from({ length: often }, () => maker));

/** Adds a random line, or a few. */
export function writeLines(w: Writer): void {
  w.draws.maybe(makers)?.(w);
}

/** A tensor of this shape of each sequence, made of what the step has. */
export function become(w: Writer, shape: readonly number[]): Entry | undefined {
  const wanted = count(shape);
  const x = w.row();
  const has = count(x.shape) / exampleBatch;
  const [form, flat] = [
    [-1, ...shape],
    [-1, has],
  ];
  if (has === wanted) return w.write(`${x.id} as [b, ${shape}]`, 1, (read) => tf.reshape(read(x), form));
  if (has > wanted && w.draws.chance(0.5))
    return w.write(`the first of ${x.id} as [b, ${shape}]`, 1, (read) =>
      tf.reshape(tf.slice(tf.reshape(read(x), flat), [0, 0], [-1, wanted]), form),
    );
  if (wanted % has === 0 && w.draws.chance(0.5))
    return w.write(`tile ${x.id} as [b, ${shape}]`, 1, (read) =>
      tf.reshape(tf.tile(tf.reshape(read(x), flat), [1, wanted / has]), form),
    );
  const weight = w.captured([has, wanted], Math.sqrt(2 / has));
  return w.write(`${x.id} ${weight.id} as [b, ${shape}]`, 1, (read) =>
    tf.reshape(tf.matMul(tf.reshape(read(x), flat), tf.reshape(read(weight), [has, wanted])), form),
  );
}
