/** Why no WebAssembly module can be compiled, if none can: the engine has none, or the page's policy forbids it. */
export async function obstacleToWebAssembly(): Promise<string | undefined> {
  if (typeof WebAssembly === 'undefined') return 'this engine has no WebAssembly';
  try {
    // The smallest module: every engine takes it.
    await WebAssembly.compile(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
    return undefined;
  } catch {
    return (
      "the page's Content-Security-Policy forbids WebAssembly: " +
      "add 'wasm-unsafe-eval' to its script-src directive"
    );
  }
}
