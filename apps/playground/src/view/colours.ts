import { signal } from '@preact/signals';
import { bytesOf } from '@tapehead/bench/draw';

export type Theme = 'light' | 'dark';
/** `amount` is from 0 to 1; `signed` from −1 to 1, 0 like the page itself. */
export type ScaleName = 'amount' | 'signed';

const darkness = matchMedia('(prefers-color-scheme: dark)');
export const theme = signal<Theme>(themeNow());
darkness.addEventListener('change', () => {
  theme.value = themeNow();
});

function themeNow(): Theme {
  return darkness.matches ? 'dark' : 'light';
}

const SHADES = 256;
const blue = 262;
const orange = 55;

/**
 * Lightness alone tells values apart, in equal perceived steps (OKLCH) away from the page; the hues, blue above zero
 * and orange below, are those that nearly everybody can tell from each other.
 */
function shade(value: number, name: ScaleName, theme: Theme): [number, number, number] {
  const strength = Math.abs(value);
  const lightness = theme === 'light' ? 0.965 - 0.49 * strength : 0.235 + 0.6 * strength;
  const chroma = 0.006 + 0.16 * strength;
  return bytesOf(lightness, chroma, name === 'signed' && value < 0 ? orange : blue);
}

/** 256 colours, lowest value first, as ImageData wants them. */
function palette(name: ScaleName, theme: Theme): Uint32Array {
  const low = name === 'signed' ? -1 : 0;
  const colours = Array.from({ length: SHADES }, (_, i) => {
    const [r, g, b] = shade(low + ((1 - low) * i) / (SHADES - 1), name, theme);
    return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
  });
  return Uint32Array.from(colours);
}

const palettes: Record<Theme, Record<ScaleName, Uint32Array>> = {
  light: { amount: palette('amount', 'light'), signed: palette('signed', 'light') },
  dark: { amount: palette('amount', 'dark'), signed: palette('signed', 'dark') },
};

/** A function from values to pixels; `most` is the value of the last colour. */
export function colouring(name: ScaleName, most: number, theme: Theme): (value: number) => number {
  const colours = palettes[theme][name];
  const low = name === 'signed' ? -most : 0;
  const perValue = (SHADES - 1) / (most - low);
  return (value) => {
    const index = Math.round((value - low) * perValue);
    return colours[Math.min(SHADES - 1, Math.max(0, index))] ?? 0;
  };
}
