import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeSafetensors, type Safetensors, type StoredTensor } from '@tapehead/training';
import { type Tensor3D, tensor3d } from '@tensorflow/tfjs-core';

/** Tensors of a safetensors file, by name. */
export class Answers {
  private constructor(
    private readonly file: Safetensors,
    private readonly prefix: string,
  ) {}

  static in(folder: string, name: string, prefix = ''): Answers {
    return new Answers(decodeSafetensors(readFileSync(join(folder, name))), prefix);
  }

  get(name: string): StoredTensor {
    const found = this.file.tensors.get(this.prefix + name);
    if (found === undefined) throw new Error(`the file has no ${this.prefix}${name}`);
    return found;
  }

  /** Of three axes. */
  cube(name: string): Tensor3D {
    const { shape, values } = this.get(name);
    const [batch = 0, time = 0, width = 0] = shape;
    return tensor3d(Float32Array.from(values), [batch, time, width]);
  }

  /** The names that begin with `start`, without it. */
  names(start: string): string[] {
    const whole = this.prefix + start;
    return [...this.file.tensors.keys()]
      .filter((name) => name.startsWith(whole))
      .map((name) => name.slice(whole.length));
  }
}
