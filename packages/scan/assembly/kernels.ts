// What compiled steps call.
export { addProduct, pack, packTransposed, transposedProductWork } from '../../core/assembly/matrix';
export { addTurnedProduct, addWeightSlope, clearRows, sumRowsOf } from './products';
export { rare } from './rare';
export { argExtreme, copyRows, cumulate, gather, segmentSum } from './rows';
export { exp, log, pow, sigmoid, softplus, tanh } from './vectors';
