import type { Op } from '../graph/graph.js';

/** Whether an op is linear in those of its operands that `of` names, taken together. */
export function linearIn(op: Op, of: readonly boolean[]): boolean {
  const [first = false, second = false, third = false] = of;
  switch (op.op) {
    case 'map':
      switch (op.f) {
        case 'add':
        case 'sub':
          return first && second;
        case 'neg':
        case 'identity':
          return true;
        case 'mul':
          return first !== second;
        case 'div':
          return !second;
        case 'select':
          return !first && second && third;
        default:
          return false;
      }
    case 'fold':
      return op.f === 'sum';
    case 'cumulate':
      return op.f === 'sum';
    case 'product':
      return first !== second;
    case 'gather':
    case 'segmentSum':
      return !second;
    case 'view':
    case 'concat':
      return of.every(Boolean);
    case 'pad':
      return op.value === 0;
    default:
      return false;
  }
}
