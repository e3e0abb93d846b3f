/**
 * The one colour scale of this project: lightness grows in equal perceived steps (OKLCH, Ottosson 2020) from a deep
 * violet at 0 through teal to a pale yellow at 1, so that it also reads in grey.
 * @param value is clamped to [0, 1]
 * @returns `#rrggbb`
 */
export function colour(value: number): string {
  const v = Math.min(1, Math.max(0, value));
  const lightness = 0.16 + 0.8 * v;
  const chroma = 0.05 + 0.1 * Math.sin(Math.PI * v ** 0.9);
  return hex(bytesOf(lightness, chroma, 292 - 190 * v));
}

/** OKLCH, the hue in degrees, to sRGB bytes, clipped to the gamut. */
export function bytesOf(lightness: number, chroma: number, hue: number): [number, number, number] {
  const angle = hue * (Math.PI / 180);
  const [r, g, b] = rgbOf(lightness, chroma * Math.cos(angle), chroma * Math.sin(angle));
  return [byteOf(r), byteOf(g), byteOf(b)];
}

/** OKLab to linear sRGB, the inverse of Ottosson's matrices. */
function rgbOf(lightness: number, a: number, b: number): [number, number, number] {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}

function hex(bytes: readonly number[]): string {
  return `#${bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

/** The sRGB transfer curve, clipped to the gamut. */
function byteOf(linear: number): number {
  const part = Math.min(1, Math.max(0, linear));
  return Math.round(255 * (part <= 0.0031308 ? 12.92 * part : 1.055 * part ** (1 / 2.4) - 0.055));
}
