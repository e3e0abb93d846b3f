/** The symbols, one channel each. */
const SYMBOLS = 4;

/**
 * A classification. Symbols come in, then the number of a place, and the symbol at that place is wanted. Only the
 * last step counts.
 * @param {{ places?: number }} settings symbols of an episode
 */
export function task({ places = 4 } = {}) {
  const inputSize = SYMBOLS + places;
  return {
    name: 'which-symbol',
    inputSize,
    outputSize: SYMBOLS,
    targets: 'classes',
    settings: { places },
    episode(random) {
      const symbols = Array.from({ length: places }, () => random.integer(0, SYMBOLS - 1));
      const place = random.integer(0, places - 1);
      const steps = places + 1;
      const input = new Float32Array(steps * inputSize); // [steps, symbols and places]
      for (const [step, symbol] of symbols.entries()) input[step * inputSize + symbol] = 1;
      input[places * inputSize + SYMBOLS + place] = 1;
      const target = new Float32Array(steps * SYMBOLS); // [steps, symbols]
      target[places * SYMBOLS + symbols[place]] = 1;
      const mask = new Float32Array(steps);
      mask[places] = 1;
      return { steps, inputSize, outputSize: SYMBOLS, input, target, mask };
    },
  };
}
