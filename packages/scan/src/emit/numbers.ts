/** An integer from 0 to 2³² − 1 as unsigned LEB128. */
export function unsigned(n: number): number[] {
  const bytes: number[] = [];
  let rest = n >>> 0;
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128);
  bytes.push(rest);
  return bytes;
}

/** The 32 bits of an integer from −2³¹ to 2³² − 1 as signed LEB128. */
export function signed(n: number): number[] {
  const bytes: number[] = [];
  let rest = n | 0;
  for (; rest < -64 || rest > 63; rest >>= 7) bytes.push((rest & 127) | 128);
  bytes.push(rest & 127);
  return bytes;
}

const view = new DataView(new ArrayBuffer(8));

/** The four bytes of the nearest float32. */
export function float32Bytes(n: number): number[] {
  view.setFloat32(0, n, true);
  return bytesOf(4);
}

/** The eight bytes of a float64. */
export function float64Bytes(n: number): number[] {
  view.setFloat64(0, n, true);
  return bytesOf(8);
}

function bytesOf(count: number): number[] {
  return Array.from({ length: count }, (_, i) => view.getUint8(i));
}
