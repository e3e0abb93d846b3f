import { describe, expectTypeOf, it } from 'vitest';
import { type BackendChoice, type BackendName, type ChosenBackend, useBackend } from './index.js';

describe('useBackend', () => {
  it('takes a backend or auto, and says which it is', () => {
    expectTypeOf<BackendName>().toEqualTypeOf<'webgpu' | 'wasm' | 'cpu' | 'webgl'>();
    expectTypeOf<BackendChoice>().toEqualTypeOf<BackendName | 'auto'>();
    expectTypeOf(useBackend).returns.resolves.toEqualTypeOf<ChosenBackend>();
    expectTypeOf<ChosenBackend['backend']>().toEqualTypeOf<BackendName>();
    // @ts-expect-error no backend of ours
    useBackend('tensorflow');
  });
});
