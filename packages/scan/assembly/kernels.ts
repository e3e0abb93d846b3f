// What compiled steps call: the products of weights, and their gradients.
export {
  addProduct, fillRows, pack, packTransposed, sumRows, transposedProduct, transposedProductWork,
} from '../../core/assembly/matrix';
