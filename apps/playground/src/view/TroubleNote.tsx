import type { Trouble } from '../engine/trouble.js';
import { change, reset } from '../run/actions.js';
import { settings } from '../run/store.js';

interface Remedy {
  readonly label: string;
  readonly act: () => Promise<void>;
}

const headings: Record<Trouble['kind'], string> = {
  'not finite': 'Training stopped: the numbers ran away.',
  'GPU lost': 'Training stopped: the GPU is gone.',
  'out of memory': 'Training stopped: there is not enough memory.',
  other: 'That did not work.',
};

/** What broke, and what a person can do about it. */
export function TroubleNote({ trouble: { kind, message } }: { trouble: Trouble }) {
  return (
    <div class="trouble" role="alert">
      <strong>{headings[kind]}</strong>
      <p>{message}</p>
      <div class="buttons">
        {remediesFor(kind).map(({ label, act }) => (
          <button key={label} type="button" onClick={act}>
            {label}
          </button>
        ))}
      </div>
    </div>
  );
}

function remediesFor(kind: Trouble['kind']): Remedy[] {
  const { learningRate, memorySize, batch, seed } = settings.value;
  switch (kind) {
    case 'not finite':
      return [
        {
          label: learningRate > 1e-3 ? 'Begin again with the usual rate' : 'Begin again with half the rate',
          act: () => change({ learningRate: learningRate > 1e-3 ? 2e-4 : learningRate / 2 }),
        },
        { label: 'Begin again with another seed', act: () => change({ seed: seed + 1 }) },
      ];
    case 'GPU lost':
      return [
        { label: 'Begin again on wasm', act: () => change({ backend: 'wasm' }) },
        { label: 'Try the GPU again', act: () => change({ backend: 'webgpu' }) },
      ];
    case 'out of memory':
      return [
        {
          label: 'Begin again, half as large',
          act: () =>
            change({
              memorySize: Math.max(16, Math.floor(memorySize / 2)),
              batch: Math.max(1, Math.floor(batch / 2)),
              backend: settings.value.backend,
            }),
        },
      ];
    case 'other':
      return [
        { label: 'Begin again', act: reset },
        { label: 'Begin again on wasm', act: () => change({ backend: 'wasm' }) },
      ];
  }
}
