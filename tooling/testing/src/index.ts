export { backends, onEachBackend } from './backends.js';
export { benchEngines } from './benches.js';
export { expectClose, relativeError } from './close.js';
export { testDtypes } from './dtypes.js';
export { type FusedKernels, onEachEngine, testEngineOption } from './engines.js';
export { expectGolden, GoldenInputs, gradientTolerance, valueTolerance } from './expectGolden.js';
export { fromCore, testEveryExport } from './fuzz/exports.js';
export {
  argument,
  fields,
  type Given,
  listOf,
  numbers,
  odds,
  oneOf,
  sizes,
  tensorsIn,
  value,
} from './fuzz/given.js';
export { recordTotals } from './fuzz/totals.js';
export { type Fuzzed, fuzz } from './fuzz.js';
export { cubeOf, flatten, type GoldenCase, matrixOf, type Nested, shapeOf, tensorOf } from './golden.js';
export {
  countDispatches,
  gpuDevice,
  numbersOf,
  onGpu,
  withLimits,
} from './gpu.js';
export { type GpuOp, testGpuOp } from './gpuOp.js';
export { expectCloseGradients, expectSame, expectSameGradients, gradientsOf, slopesOf } from './gradients.js';
export { kernelCalls } from './kernelCalls.js';
export { expectNoLeak } from './leaks.js';
export { expectMistakes } from './mistakes.js';
export { expectSameOdd, type OddPlace, oddNumbers, withOddNumbers } from './oddNumbers.js';
export { expectTooLarge } from './tooLarge.js';
