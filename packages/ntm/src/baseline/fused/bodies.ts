import { sequenceOnCpu } from '../../fused/bodies.js';
import { type BaselineSettings, baselineShapes, fields, parameterShapes } from './op.js';

/** A whole sequence of an LSTM baseline on a CPU. */
export const baselineOnCpu = /* @__PURE__ */ sequenceOnCpu<BaselineSettings>({
  names: ['baselineWorkspaceBytes', 'baselineForward', 'baselineBackward'],
  sizes: fields,
  shapes: baselineShapes,
  split(settings, pointers) {
    const end = parameterShapes(settings).length;
    return [pointers.slice(0, end), pointers.slice(end)];
  },
});
