/** An attribute that is undefined is left out. */
type Attributes = Record<string, string | number | undefined>;

/** One SVG element as text; children are text that is already SVG. */
export function element(name: string, attributes: Attributes = {}, ...children: string[]): string {
  const pairs = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${escaped(typeof value === 'number' ? tidy(value) : String(value))}"`);
  const open = `<${name}${pairs.join('')}`;
  return children.length === 0 ? `${open}/>` : `${open}>${children.join('')}</${name}>`;
}

/** An element with words in it, escaped. */
export function text(name: string, words: string, attributes: Attributes = {}): string {
  return element(name, attributes, escaped(words));
}

export function moved(x: number, y: number, ...children: string[]): string {
  return element('g', { transform: `translate(${tidy(x)} ${tidy(y)})` }, ...children);
}

/** At most two decimals: a hundredth of a pixel. */
export function tidy(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function escaped(words: string): string {
  return words
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
