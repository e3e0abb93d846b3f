/**
 * What the invocations of a workgroup, its lanes, share: sums and maxima over all of them, and the elementary functions,
 * none of which overflows. `maximumOf` may leave a NaN out. A call of `sumOf` or `maximumOf` is a barrier too, of workgroup storage.
 *
 * @param buffers whether lanes also pass each other values through storage buffers
 */
export function lanesCode(lanes: number, buffers: boolean): string {
  const width = Math.min(16, lanes);
  return `
var<workgroup> strands: array<f32, LANES>;
var<workgroup> strandSums: array<f32, ${width}>;

fn meet() {
  workgroupBarrier();
  ${buffers ? 'storageBarrier();' : ''}
}

fn sumOf(value: f32) -> f32 {
  strands[lane] = value;
  workgroupBarrier();
  if (lane < ${width}u) {
    var sum = 0.0;
    for (var k = lane; k < LANES; k += ${width}u) { sum += strands[k]; }
    strandSums[lane] = sum;
  }
  workgroupBarrier();
  var total = 0.0;
  for (var k = 0u; k < ${width}u; k++) { total += strandSums[k]; }
  return total;
}

fn maximumOf(value: f32) -> f32 {
  strands[lane] = value;
  workgroupBarrier();
  if (lane < ${width}u) {
    var greatest = strands[lane];
    for (var k = lane; k < LANES; k += ${width}u) { greatest = max(greatest, strands[k]); }
    strandSums[lane] = greatest;
  }
  workgroupBarrier();
  var greatest = strandSums[0];
  for (var k = 1u; k < ${width}u; k++) { greatest = max(greatest, strandSums[k]); }
  return greatest;
}
${elementary}`;
}

/**
 * sigmoid, tanh and softplus; the built-in tanh overflows on some devices. NaN gives NaN on devices that keep it, by terms
 * that no `max`, `min` or `select` replaces. WGSL itself promises nothing about NaN and infinities.
 */
export const elementary = `
fn sigmoid(x: f32) -> f32 {
  let e = exp(-abs(x));
  return select(e, 1.0, x >= 0.0) / (1.0 + e);
}

// Near 0 by its series, because 1 - e cancels there.
fn squash(x: f32) -> f32 {
  let s = x * x;
  let near = x * (1.0 - s * (1.0 / 3.0 - s * (2.0 / 15.0 - s * (17.0 / 315.0))));
  let e = exp(-2.0 * abs(x));
  let far = sign(x) * (1.0 - e) / (1.0 + e);
  return select(far, near, abs(x) < 0.25);
}

// log(1 + e) by its series where 1 + e would lose e.
fn softplus(x: f32) -> f32 {
  let e = exp(-abs(x));
  return max(x, 0.0) + select(log(1.0 + e), e * (1.0 - e * (0.5 - e / 3.0)), e < 0.01);
}
`;
