/** A tfjs backend this package can set up. On webgl there are no kernels: it runs the reference engine only. */
export type BackendName = 'webgpu' | 'wasm' | 'cpu' | 'webgl';

/**
 * What may be asked for: a backend by name, or `'auto'`, which takes wasm and, where that fails, cpu. Where the work is
 * large enough for a GPU, it looks for a real one first, through webgpu.
 */
export type BackendChoice = 'auto' | BackendName;

/** What {@link useBackend} chooses by, and where the files of a backend are. */
export interface BackendOptions {
  /** How many sequences go through a net at once: what `'auto'` knows the size of the work by. Default 1. */
  batch?: number;
  /**
   * Where a browser finds the `.wasm` files of tfjs: a folder's URL, or each file's URL by its name (the threaded one
   * is not loaded and may be left out). In Node, and where a page serves them beside its script, nothing is needed.
   * They count for the next start of wasm: once it runs, they change nothing.
   */
  wasmPaths?: string | Record<string, string>;
}

/** The backend that tfjs now runs on. */
export interface ChosenBackend {
  backend: BackendName;
  /** One sentence for people: why this one. */
  reason: string;
  /**
   * Lets go of what setting up put on `globalThis` (in Node, Dawn's `navigator.gpu`, which keeps a process from
   * ending). Nothing may run on the backend afterwards. On wasm, cpu and webgl there is nothing to let go of.
   */
  release(): void;
}

/** A backend that is ready for `setBackend`. */
export interface Prepared extends Pick<ChosenBackend, 'release'> {
  /** What is to be said of this one, where that is not the candidate's `merit`. */
  merit?: string;
}

/** How one tfjs backend is made ready for `setBackend`. */
export interface Candidate {
  /** Why someone would want it, for `reason`. */
  merit: string;
  /** What to do where it cannot be had, as things are after the failure. */
  remedy(): string;
  /**
   * Imports it, and registers it again where it was removed.
   * @param asked by its name, or found by `'auto'`
   * @throws Error saying what is missing; `Missing` where it has advice of its own
   */
  prepare(options: BackendOptions, asked: 'named' | 'auto'): Promise<Prepared>;
}
