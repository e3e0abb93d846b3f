import { arranging } from './arrange.js';
import { constants } from './constants.js';
import { elementwise } from './elementwise.js';
import { gathering } from './gathering.js';
import type { Kernels } from './rule.js';

/** The kernels of tfjs that a step may use. */
export const kernels: Kernels = { ...elementwise, ...arranging, ...constants, ...gathering };
