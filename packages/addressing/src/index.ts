export type { Engine, EngineOption, Floats, RankOf } from '@tapehead/core';
export { isTapeheadError, TapeheadError, type TapeheadErrorCode } from '@tapehead/core';
export {
  type AddressingStages,
  type AddressOptions,
  address,
  addressingStages,
  type HeadParameters,
} from './address.js';
export { contentAddressing } from './content.js';
export { interpolate } from './interpolate.js';
export { type HeadOptions, headParameters, headSize, type KeyActivation } from './parameters.js';
export { type SharpenOptions, sharpen } from './sharpen.js';
export { circularShift } from './shift.js';
