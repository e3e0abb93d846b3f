// Bytes as characters from \0 to \xff: joining strings costs the engine next to nothing.

/** An integer from 0 to 2³² − 1 as unsigned LEB128. */
export function unsigned(n: number): string {
  let bytes = '';
  let rest = n >>> 0;
  for (; rest > 127; rest >>>= 7) bytes += byte((rest & 127) | 128);
  return bytes + byte(rest);
}

/** The 32 bits of an integer from −2³¹ to 2³² − 1 as signed LEB128. */
export function signed(n: number): string {
  let bytes = '';
  let rest = n | 0;
  for (; rest < -64 || rest > 63; rest >>= 7) bytes += byte((rest & 127) | 128);
  return bytes + byte(rest & 127);
}

const view = new DataView(new ArrayBuffer(4));

/** The four bytes of the nearest float32. */
export function float32Bytes(n: number): string {
  view.setFloat32(0, n);
  return byte(view.getUint8(3), view.getUint8(2), view.getUint8(1), view.getUint8(0));
}

export const byte = String.fromCharCode;
