import { TapeheadError } from '@tapehead/core';
import { traceBackend } from '@tapehead/core/kernels';
import {
  type BackendValues,
  type DataId,
  type DataType,
  engine,
  env,
  KernelBackend,
  type NamedAttrMap,
  type NamedTensorInfoMap,
  Tensor,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { countOf, type Operand, type ValueId } from '../graph/graph.js';
import { kernels } from './kernels.js';
import { Obstacle, opName } from './obstacle.js';
import type { Recorder, TracedSource } from './recorder.js';
import { callerLine } from './stack.js';

/** What the backend knows of data that it made. */
interface Made {
  readonly value: ValueId;
  references: number;
  /** The numbers of constants; of other data there are none. */
  readonly data?: BackendValues | undefined;
  readonly size: number;
}

/** A tfjs backend that computes nothing: its kernels only write down what is to be computed. */
export class TraceBackend extends KernelBackend {
  /** Tensors from outside the step, by leaf. */
  readonly captured: Tensor[] = [];
  /** The first problem. It is kept, since a step may catch what a kernel throws. */
  problem: Error | undefined;
  readonly #record: Recorder;
  readonly #made = new Map<DataId, Made>();
  /** Data from outside. */
  readonly #foreign = new Map<DataId, ValueId>();
  readonly #capturedIds = new Set<number>();
  readonly #onCapture: (tensor: Tensor) => void;
  #count = 0;

  /** @param onCapture called when a step first uses a tensor from outside */
  constructor(record: Recorder, onCapture: (tensor: Tensor) => void) {
    super();
    this.#record = record;
    this.#onCapture = onCapture;
  }

  /** Whether the backend made the tensor. */
  owns({ dataId }: TensorInfo): boolean {
    return this.#made.has(dataId);
  }

  /** Keeps the problem, and throws it. */
  refuse(problem: Error): never {
    this.problem ??= problem;
    throw problem;
  }

  /** Refuses what cannot be compiled, with the line that asked for it. */
  obstruct(reason: string): never {
    return this.refuse(new Obstacle(`step: ${reason}${callerLine()}`));
  }

  /** A tensor without a kernel. */
  source(source: TracedSource, shape: number[], dtype: DataType): Tensor {
    const info = this.#give(this.#record.value(shape, source), dtype);
    return engine().makeTensorFromTensorInfo(info, this);
  }

  /** A tensor as a node reads it. */
  operand(tensor: TensorInfo): Operand {
    const { dataId, shape, dtype } = tensor;
    if (dtype === 'string' || dtype === 'complex64') this.obstruct(`${dtype} tensors cannot be compiled`);
    const made = this.#made.get(dataId);
    if (made) return { value: made.value, shape };
    if (tensor instanceof Tensor && !this.#capturedIds.has(tensor.id)) this.#capture(tensor);
    return { value: this.#foreign.get(dataId) ?? 0, shape };
  }

  #capture(tensor: Tensor): void {
    if (tensor.isDisposed) {
      this.refuse(new TapeheadError('argument', `step: uses a disposed tensor${callerLine()}`));
    }
    this.#capturedIds.add(tensor.id);
    const leaf = this.captured.push(tensor) - 1;
    const { value } = this.#record.value(tensor.shape, { kind: 'captured', leaf });
    // A clone of a captured tensor has a gradient of its own, but the same numbers.
    if (!this.#foreign.has(tensor.dataId)) this.#foreign.set(tensor.dataId, value);
    this.#onCapture(tensor);
  }

  /** Runs a kernel, which means: writes it down. */
  run(kernel: string, inputs: NamedTensorInfoMap, attrs: NamedAttrMap): TensorInfo | TensorInfo[] {
    const { rule, dtype, fractions } = kernels[kernel] ?? {};
    if (!rule) return this.obstruct(`${opName(kernel)} cannot be compiled`);
    const names = Object.keys(inputs).filter((name) => inputs[name]);
    if (names.length > 1 && !Array.isArray(inputs)) names.sort();
    const tensors = names.flatMap((name) => inputs[name] ?? []);
    const operands = tensors.map((tensor) => this.operand(tensor));
    const last = tensors.at(-1)?.dtype ?? 'float32';
    if (fractions && last !== 'float32') {
      this.obstruct(`${opName(kernel)} of ${last} numbers cannot be compiled, cast them to float32 first`);
    }
    this.#record.kernel = kernel;
    const named = (name: string) => operands[names.indexOf(name)];
    const call = { record: this.#record, inputs: operands, tensors, named, attrs };
    const out = this.#try(() => rule(operands[0] ?? { value: 0, shape: [] }, call));
    const type = dtype === 'attr' ? dtypeOf(attrs.dtype) : (dtype ?? last);
    return 'shape' in out ? this.#give(out, type) : out.map((each) => this.#give(each, type));
  }

  #try<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      if (error instanceof Obstacle) this.obstruct(error.reason);
      throw error;
    }
  }

  #give({ value, shape }: Operand, dtype: DataType, data?: BackendValues): TensorInfo {
    const dataId = {};
    this.#made.set(dataId, { value, references: 1, data, size: countOf(shape) });
    this.#count++;
    return { dataId, shape: [...shape], dtype };
  }

  override write(values: BackendValues, shape: number[], dtype: DataType): DataId {
    if (dtype === 'string' || Array.isArray(values)) return this.obstruct('strings cannot be compiled');
    this.#record.kernel = '';
    return this.#give(this.#record.constant(values, shape), dtype, values).dataId;
  }

  override move(): void {
    this.obstruct('reads a value back');
  }

  override readSync(dataId: DataId): BackendValues {
    const made = this.#made.get(dataId);
    // tfjs reads each result when it debugs.
    if (env().getBool('DEBUG') && engine().state.kernelDepth > 0) return new Float32Array(made?.size ?? 0);
    if (made?.data && engine().backendName !== traceBackend) return made.data;
    return this.obstruct('reads a value back, which cannot be compiled');
  }

  override async read(dataId: DataId): Promise<BackendValues> {
    try {
      return this.readSync(dataId);
    } catch {
      // The problem is told when the step returns. Nobody waits for the numbers.
      return new Promise(() => {});
    }
  }

  override incRef(dataId: DataId): void {
    const made = this.#made.get(dataId);
    if (made) made.references++;
  }

  override refCount(dataId: DataId): number {
    return this.#made.get(dataId)?.references ?? 0;
  }

  override disposeData(dataId: DataId, force = false): boolean {
    const made = this.#made.get(dataId);
    if (!made) return true;
    made.references--;
    if (made.references > 0 && !force) return false;
    this.#count--;
    return true;
  }

  override numDataIds(): number {
    return this.#count;
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: false };
  }

  override floatPrecision(): 32 {
    return 32;
  }

  override timerAvailable(): boolean {
    return false;
  }

  override dispose(): void {}
}

function dtypeOf(attr: unknown): DataType {
  return attr === 'int32' || attr === 'bool' || attr === 'float32' ? attr : 'complex64';
}
