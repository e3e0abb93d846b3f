/** The most results that are remembered. */
const MOST = 64;

/**
 * A function of settings, whose results are remembered: the sizes of a run's sequences repeat.
 * @param names the settings that it depends on
 */
export function remembered<S extends object, T, Rest extends unknown[]>(
  names: readonly (keyof S)[],
  compute: (settings: S, ...rest: Rest) => T,
): (settings: S, ...rest: Rest) => T {
  const known = new Map<string, T>();
  return (settings, ...rest) => {
    let key = '';
    for (const name of names) key += `${settings[name]},`;
    const before = known.get(key);
    if (before !== undefined) return before;
    if (known.size === MOST) known.clear();
    const made = compute(settings, ...rest);
    known.set(key, made);
    return made;
  };
}
