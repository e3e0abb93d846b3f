export { checkTensor, type Floats, floatsOf, floatsOfShape, type RankOf } from './checks/floats.js';
export { checkAbove, checkFinite, checkFraction, checkInteger, checkWithin } from './checks/numbers.js';
export { checkFunction, checkObject, checkOneOf, checkOptions, suggestion } from './checks/options.js';
export { checkRoom, roomLeft } from './checks/room.js';
export { checkShape, type Dimension } from './checks/shape.js';
export { type StepsTaken, stepsTaken } from './checks/taken.js';
export { printable, textOf } from './checks/text.js';
export {
  checkEngine,
  type Engine,
  type EngineOption,
  engineOption,
  kernelFor,
  kernelName,
  type OpName,
} from './engine.js';
export { isTapeheadError, TapeheadError, type TapeheadErrorCode } from './errors.js';
export { firstOrder } from './op/firstOrder.js';
export { asCube, asMatrix } from './op/ranks.js';
export { obstacleToWebAssembly } from './webAssembly.js';
