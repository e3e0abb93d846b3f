import {
  checkEngine,
  checkFunction,
  checkInteger,
  checkObject,
  checkOptions,
  checkRoom,
} from '@tapehead/core';
import type { ControllerContext, ControllerSize } from './types.js';

/** More layers than this are a slip: each has variables of its own. */
const MOST_LAYERS = 1000;

/** Throws unless a controller can be built from it. Other fields are a net's own. */
export function checkContext(context: ControllerContext): void {
  checkObject('context', context, '{ inputSize, variable, nextSeed }');
  const { inputSize, variable, nextSeed, engine = 'auto' } = context;
  checkInteger('inputSize', inputSize);
  checkFunction('variable', variable);
  checkFunction('nextSeed', nextSeed);
  checkEngine(engine);
}

/**
 * Throws unless there is room for the variables of a controller.
 *
 * @param floatsOf the numbers of a layer's variables, for the width of its input
 * @param others names that `size` may have besides its own
 */
export function checkSize(
  where: string,
  { inputSize }: ControllerContext,
  size: ControllerSize,
  floatsOf: (inputSize: number) => number,
  others: readonly string[] = [],
): void {
  checkOptions(where, size, ['controllerSize', 'layers', ...others]);
  const { controllerSize: units, layers = 1 } = size;
  checkInteger('controllerSize', units);
  checkInteger('layers', layers, 1, MOST_LAYERS);
  const [first, other] = [floatsOf(inputSize), floatsOf(units)];
  checkRoom(
    `${where} of ${inputSize} inputs, controllerSize ${units} and ${layers} layers`,
    4 * (first + (layers - 1) * other),
    'take a smaller controllerSize, or fewer layers',
    4 * Math.max(first, layers > 1 ? other : 0),
  );
}
