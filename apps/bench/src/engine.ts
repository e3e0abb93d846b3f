import { engineOf, type Net } from './net.js';
import { say } from './output.js';

/** Says what the sequences of a net run on. */
export function sayEngine(net: Net): void {
  const runsOn = engineOf(net);
  if (runsOn === 'own') return;
  say(
    runsOn === 'fused'
      ? 'engine fused: one kernel call forward and one back for a whole sequence'
      : 'engine reference: the equations as short tfjs ops, hundreds of calls a step',
  );
}
