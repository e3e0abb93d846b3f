// What turns raw numbers of a net into the parameters of a head
//
//   key tanh or as it is, β = softplus, g = sigmoid, s = softmax, γ = 1 + softplus; erase sigmoid, add as the key
//
// A head stands as [key M, β, g, shift S, γ]; what writes is followed by [erase M, add M] for each write head.
import { exp, sigmoid, softplus, tanh } from '../../core/assembly/elementary';
import { floats, loadFirst, storeFirst } from '../../core/assembly/lanes';

// @ts-ignore: decorator
@inline
export function headSize(M: i32, S: i32): i32 {
  return M + S + 3;
}

export function squashHead(out: usize, raw: usize, M: i32, S: i32, bounded: bool): void {
  squashVector(out, raw, M, bounded);
  const o = out + floats(M), r = raw + floats(M);
  const gamma = floats(S + 2);
  // The three scalars in one vector: β, γ through softplus, g through sigmoid.
  const three = f32x4.replace_lane(v128.load64_zero(r), 2, load<f32>(r + gamma));
  const soft = softplus(three);
  store<f32>(o, f32x4.extract_lane(soft, 0));
  store<f32>(o, f32x4.extract_lane(sigmoid(three), 1), 4);
  store<f32>(o + gamma, <f32>1 + f32x4.extract_lane(soft, 2));
  softmaxTaps(o + 8, r + 8, S);
}

/** From the gradients of the parameters to those of the raw numbers, in place. softplus′ = σ */
export function squashHeadBackward(d: usize, out: usize, raw: usize, M: i32, S: i32, bounded: bool): void {
  squashVectorBackward(d, out, M, bounded);
  d += floats(M), out += floats(M), raw += floats(M);
  const gamma = floats(S + 2);
  const slopes = sigmoid(f32x4.replace_lane(v128.load32_zero(raw), 1, load<f32>(raw + gamma)));
  store<f32>(d, load<f32>(d) * f32x4.extract_lane(slopes, 0));
  const g = load<f32>(out, 4);
  store<f32>(d, load<f32>(d, 4) * g * (<f32>1 - g), 4);
  store<f32>(d + gamma, load<f32>(d + gamma) * f32x4.extract_lane(slopes, 1));
  softmaxTapsBackward(d + 8, out + 8, S);
}

function softmaxTaps(out: usize, raw: usize, S: i32): void {
  let greatest = load<f32>(raw);
  for (let k = 1; k < S; k++) greatest = max(greatest, load<f32>(raw + floats(k)));
  let sum: f32 = 0;
  for (let k = 0; k < S; k += 4) {
    const count = min(4, S - k);
    storeFirst(out + floats(k), exp(f32x4.sub(loadFirst(raw + floats(k), count), f32x4.splat(greatest))), count);
  }
  for (let k = 0; k < S; k++) sum += load<f32>(out + floats(k));
  for (let k = 0; k < S; k++) store<f32>(out + floats(k), load<f32>(out + floats(k)) / sum);
}

/** ds = s (ds − Σ s ds) */
function softmaxTapsBackward(d: usize, s: usize, S: i32): void {
  let mean: f32 = 0;
  for (let k = 0; k < S; k++) mean += load<f32>(s + floats(k)) * load<f32>(d + floats(k));
  for (let k = 0; k < S; k++) {
    store<f32>(d + floats(k), load<f32>(s + floats(k)) * (load<f32>(d + floats(k)) - mean));
  }
}

/** A key or an added vector: tanh where it is `bounded`. */
export function squashVector(out: usize, raw: usize, M: i32, bounded: bool): void {
  if (!bounded) {
    memory.copy(out, raw, floats(M));
    return;
  }
  let m = 0;
  for (; m + 4 <= M; m += 4) v128.store(out + floats(m), tanh(v128.load(raw + floats(m))));
  if (m < M) storeFirst(out + floats(m), tanh(loadFirst(raw + floats(m), M - m)), M - m);
}

export function squashVectorBackward(d: usize, out: usize, M: i32, bounded: bool): void {
  if (!bounded) return;
  for (const end = d + floats(M); d < end; d += 4, out += 4) {
    const value = load<f32>(out);
    store<f32>(d, load<f32>(d) * (<f32>1 - value * value));
  }
}

export function squashErase(out: usize, raw: usize, M: i32): void {
  let m = 0;
  for (; m + 4 <= M; m += 4) v128.store(out + floats(m), sigmoid(v128.load(raw + floats(m))));
  if (m < M) storeFirst(out + floats(m), sigmoid(loadFirst(raw + floats(m), M - m)), M - m);
}

export function squashEraseBackward(d: usize, out: usize, M: i32): void {
  for (const end = d + floats(M); d < end; d += 4, out += 4) {
    const value = load<f32>(out);
    store<f32>(d, load<f32>(d) * value * (<f32>1 - value));
  }
}
