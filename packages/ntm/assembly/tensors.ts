// Tensors come as lists of pointers, 32 bits each.
//
//   parameters: headKernel, headBias, outputKernel, outputBias, then for each layer kernel, recurrentKernel, bias
//   state: memory, readWeights, writeWeights, reads, then for each layer h, c
// @ts-ignore: decorator
@inline
export function at(list: usize, index: i32): usize {
  return <usize>load<u32>(list + ((<usize>index) << 2));
}

export function headKernelOf(list: usize): usize { return at(list, 0); }
export function headBiasOf(list: usize): usize { return at(list, 1); }
export function outputKernelOf(list: usize): usize { return at(list, 2); }
export function outputBiasOf(list: usize): usize { return at(list, 3); }
export function kernelOf(list: usize, layer: i32): usize { return at(list, 4 + 3 * layer); }
export function recurrentKernelOf(list: usize, layer: i32): usize { return at(list, 5 + 3 * layer); }
export function biasOf(list: usize, layer: i32): usize { return at(list, 6 + 3 * layer); }

export function memoryOf(list: usize): usize { return at(list, 0); }
export function readWeightsOf(list: usize): usize { return at(list, 1); }
export function writeWeightsOf(list: usize): usize { return at(list, 2); }
export function readsOf(list: usize): usize { return at(list, 3); }
export function hiddenOf(list: usize, layer: i32): usize { return at(list, 4 + 2 * layer); }
export function cellOf(list: usize, layer: i32): usize { return at(list, 5 + 2 * layer); }
