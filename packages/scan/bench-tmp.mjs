import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-wasm';
import { NTM } from '@tapehead/ntm';
import { registerFused as ntmFused } from '@tapehead/ntm/fused';
import { registerFused } from '@tapehead/scan/fused';
import { scan, scanEngine } from '@tapehead/scan';
tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
await tf.setBackend('wasm');
await ntmFused(); await registerFused();
const T = 41;
const net = NTM.build({ inputSize: 9, outputSize: 8, memorySize: 128, memoryDim: 20, controllerSize: 100, seed: 1, outputActivation: 'linear', engine: 'fused' });
const step = NTM.build({ inputSize: 9, outputSize: 8, memorySize: 128, memoryDim: 20, controllerSize: 100, seed: 1, outputActivation: 'linear', engine: 'reference' });
const f = (x, s) => step.step(x, s);
const cost = (l) => tf.sum(tf.square(l));
const time = (run, secs) => { for (let i = 0; i < 5; i++) run(); const ts = []; const end = performance.now() + 1000 * secs; while (performance.now() < end) { const t = performance.now(); run(); ts.push(performance.now() - t); } ts.sort((a, b) => a - b); return [ts[0], ts[ts.length >> 1]]; };
for (const B of process.argv.slice(2).map(Number)) {
  const x = tf.randomUniform([B, T, 9], 0, 1, 'float32', 3);
  const vars = Object.values(step.trainable);
  const s0 = tf.tidy(() => step.initialState(B));
  const t0 = performance.now();
  console.log(scanEngine(f, s0, x));
  console.log('compile forward', performance.now() - t0);
  const train = () => tf.tidy(() => { const r = tf.variableGrads(() => cost(scan(f, step.initialState(B), x).outputs), vars); return r; });
  const t1 = performance.now(); const g = train(); console.log('first training', performance.now() - t1);
  const hand = () => tf.tidy(() => net.differentiate(x, cost));
  const h = hand();
  console.log('loss', g.value.dataSync()[0], h.value?.dataSync?.()[0] ?? Object.keys(h));
  const names = Object.keys(step.trainable), hn = Object.entries(net.trainable);
  let worst = 0; names.forEach((n) => { const a = g.grads[step.trainable[n].name].dataSync(), b = h.grads[net.trainable[n].name].dataSync(); let e = 0, m = 1e-9; a.forEach((v, i) => { e = Math.max(e, Math.abs(v - b[i])); m = Math.max(m, Math.abs(b[i])); }); worst = Math.max(worst, e / m); });
  console.log('gradients', worst.toExponential(1));
  const forward = () => tf.tidy(() => scan(f, step.initialState(B), x).outputs), handForward = () => tf.tidy(() => net.sequence(x).logits);
  for (let k = 0; k < 3; k++) {
    const [a, b, c, d] = [time(train, 1.5), time(hand, 1.5), time(forward, 1), time(handForward, 1)];
    console.log(`B${B} train scan ${a.map((v) => v.toFixed(2))} hand ${b.map((v) => v.toFixed(2))} ratio least ${(a[0] / b[0]).toFixed(2)} median ${(a[1] / b[1]).toFixed(2)} | forward ${c.map((v) => v.toFixed(2))} hand ${d.map((v) => v.toFixed(2))} ratio ${(c[0] / d[0]).toFixed(2)} ${(c[1] / d[1]).toFixed(2)}`);
  }
}
