import { type Code, i32, v128 } from '../../emit/code.js';
import type { Local } from '../../emit/function.js';
import type { Access } from '../../plan/work.js';
import { LANES, type Place } from './context.js';

/** Loads a number into all lanes. */
export function loadSplat(access: Access, { pointer, offset }: Place): Code {
  return v128.loadSplat(...addressOf(access, pointer, offset));
}

/** Loads numbers that are `stride` floats apart, the first `lanes` at least. */
export function loadVector(access: Access, { pointer, offset }: Place, stride: number, lanes: number): Code {
  if (stride === 1) return v128.load(...addressOf(access, pointer, offset));
  let code = v128.loadZero(...addressOf(access, pointer, offset));
  for (let lane = 1; lane < lanes; lane++) {
    const [address, further] = addressOf(access, pointer, offset + 4 * stride * lane);
    code = v128.loadLane(address, code, lane, further);
  }
  return code;
}

/**
 * An address, and the bytes to add to it. A pointer that moves backwards may point before the memory, which only a sum that
 * wraps allows.
 */
function addressOf({ strides }: Access, pointer: Local, offset: number): [address: Code, offset: number] {
  return strides.some((stride) => stride < 0)
    ? [i32.add(pointer.get, i32.const(offset)), 0]
    : [pointer.get, offset];
}

/** Stores the first `lanes` numbers of a vector, `stride` floats apart. */
export function storeVector({ pointer, offset }: Place, value: Local, stride: number, lanes: number): Code {
  if (stride !== 1) {
    return Array.from({ length: lanes }, (_, lane) =>
      v128.storeLane(pointer.get, value.get, lane, offset + 4 * stride * lane),
    );
  }
  if (lanes === LANES) return v128.store(pointer.get, value.get, offset);
  if (lanes === 1) return v128.storeLane(pointer.get, value.get, 0, offset);
  const half = v128.storeHalf(pointer.get, value.get, 0, offset);
  return lanes === 2 ? half : [half, v128.storeLane(pointer.get, value.get, 2, offset + 8)];
}

/** The place so many floats further on. */
export function further({ pointer, offset }: Place, floats: number): Place {
  return { pointer, offset: offset + 4 * floats };
}
