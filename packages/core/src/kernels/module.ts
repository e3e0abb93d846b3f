/** The same kernels twice, in base64: with SIMD, and with relaxed SIMD, whose fused multiply-add is faster. */
export interface KernelModules {
  readonly simd: string;
  readonly relaxed: string;
}

/** Compiles the faster module that this engine takes: it validates a module with what it does not know as false. */
export async function compileBest({ simd, relaxed }: KernelModules): Promise<WebAssembly.Module> {
  const best = bytesOf(relaxed);
  return WebAssembly.compile(WebAssembly.validate(best) ? best : bytesOf(simd));
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}
