// What compiled steps call.
export {
  addProduct, fillRows, pack, packTransposed, sumRows, transposedProduct, transposedProductWork,
} from '../../core/assembly/matrix';
export { rare } from './rare';
export { argExtreme, copyRows, cumulate, gather, oneHot, segmentSum } from './rows';
export { exp, log, pow, sigmoid, softplus, tanh } from './vectors';
