import { scan } from '@tapehead/scan';
import {
  cubeOf,
  expectClose,
  flatten,
  gradientTolerance,
  matrixOf,
  type Nested,
  onEachBackend,
  tensorOf,
  valueTolerance,
} from '@tapehead/testing';
import {
  add,
  div,
  log,
  mul,
  neg,
  type Scalar,
  sub,
  sum,
  type Tensor,
  tidy,
  variableGrads,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import fixtures from '../fixtures/ntm.json' with { type: 'json' };
import { registerFused } from './fused.js';
import { NTM } from './index.js';
import { goldenOptions } from './testing/goldenOptions.js';

type Case = (typeof fixtures)[number];

/** The net of a case, with the parameters of the case. */
function netOf(golden: Case, engine: 'fused' | 'reference'): NTM {
  const ntm = NTM.build({ ...goldenOptions(golden), engine });
  for (const [name, value] of Object.entries(golden.parameters)) parameter(ntm, name).assign(tensorOf(value));
  return ntm;
}

const parameter = (ntm: NTM, name: string) => {
  const found = ntm.parameters[name] ?? ntm.parameters[`controller.0.${name}`];
  if (found === undefined) throw new Error(`the net has no ${name}`);
  return found;
};

/** `−Σ masked [t log p + (1 − t) log (1 − p)] / ln 2 / batch` */
function bitsOf(output: Tensor, golden: Case): Scalar {
  const [target, mask] = [cubeOf(golden.target), matrixOf(golden.mask)];
  const right = mul(target, log(output));
  const wrong = mul(sub(1, target), log(sub(1, output)));
  const perStep = sum(neg(add(right, wrong)), 2);
  return div<Scalar>(sum<Scalar>(mul(perStep, mask)), Math.LN2 * golden.batch);
}

onEachBackend('float64 golden vectors of whole sequences', () => {
  beforeAll(registerFused);

  describe.each(['reference', 'fused', 'scan'] as const)('%s', (engine) => {
    test.each(fixtures.map((golden, i) => ({ ...golden, i })))(
      'case $i: $controller, $readHeads read and $writeHeads write heads, $shifts taps, $keyAndAddActivation, $order',
      (golden) => {
        tidy(() => {
          const ntm = netOf(golden, engine === 'scan' ? 'reference' : engine);
          const x = cubeOf(golden.input);
          const outputs = () =>
            engine === 'scan'
              ? scan(ntm, ntm.initialState(golden.batch), x, { engine: 'fused' }).outputs
              : ntm.sequence(x).output;
          const { trace } = ntm.sequence(x, { trace: true });
          expectClose(outputs(), golden.outputProbabilities, valueTolerance, 'output');
          expectClose(trace.memory, golden.trace.memory, valueTolerance, 'memory');
          expectClose(trace.reads, golden.trace.reads, valueTolerance, 'reads');
          expectClose(trace.readWeights, golden.trace.readWeights, valueTolerance, 'readWeights');
          expectClose(trace.writeWeights, golden.trace.writeWeights, valueTolerance, 'writeWeights');
          const names = Object.keys(golden.gradients);
          const variables = names.map((name) => parameter(ntm, name));
          const { value, grads } = variableGrads(() => bitsOf(outputs(), golden), variables);
          expectClose(value, golden.bitsPerSequence, valueTolerance, 'bits');
          const wanted: Readonly<Record<string, Nested>> = golden.gradients;
          for (const [i, name] of names.entries()) {
            const gradient = grads[variables[i]?.name ?? ''];
            expectClose(gradient ?? [], flatten(wanted[name] ?? []), gradientTolerance, `d/d ${name}`);
          }
          expect(names.length).toBe(Object.keys(ntm.parameters).length);
          ntm.dispose();
        });
      },
    );
  });
});
