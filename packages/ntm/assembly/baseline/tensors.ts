// Tensors come as lists of pointers, 32 bits each.
//
//   parameters: outputKernel, outputBias, then for each layer kernel, recurrentKernel, bias
//   state: for each layer h, c
import { at } from '../tensors';

export function outputKernelOf(list: usize): usize { return at(list, 0); }
export function outputBiasOf(list: usize): usize { return at(list, 1); }
export function kernelOf(list: usize, layer: i32): usize { return at(list, 2 + 3 * layer); }
export function recurrentKernelOf(list: usize, layer: i32): usize { return at(list, 3 + 3 * layer); }
export function biasOf(list: usize, layer: i32): usize { return at(list, 4 + 3 * layer); }

export function hiddenOf(list: usize, layer: i32): usize { return at(list, 2 * layer); }
export function cellOf(list: usize, layer: i32): usize { return at(list, 2 * layer + 1); }
