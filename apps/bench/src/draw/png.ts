import { fileURLToPath } from 'node:url';
import { Resvg } from '@resvg/resvg-js';

const FONT = 'PT Sans';
const fontFiles = ['400Regular/PTSans_400Regular.ttf', '700Bold/PTSans_700Bold.ttf'].map((file) =>
  fileURLToPath(import.meta.resolve(`@expo-google-fonts/pt-sans/${file}`)),
);

/** Renders an SVG at twice its size, with its own font: the same picture on a machine that has none. */
export function pngOf(svg: string): Uint8Array {
  const font = { fontFiles, loadSystemFonts: false, defaultFontFamily: FONT, sansSerifFamily: FONT };
  return new Resvg(svg, { fitTo: { mode: 'zoom', value: 2 }, font }).render().asPng();
}
