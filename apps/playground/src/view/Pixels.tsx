import { useLayoutEffect, useRef } from 'preact/hooks';
import { colouring, type ScaleName, theme } from './colours.js';

interface PixelsProps {
  readonly columns: number;
  readonly rows: number;
  readonly value: (column: number, row: number) => number;
  readonly scale: ScaleName;
  /** The value of the last colour. Default 1. */
  readonly most?: number;
}

/** One pixel a cell, which the style sheet makes as large as there is room. */
export function Pixels({ columns, rows, value, scale, most = 1 }: PixelsProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const buffer = useRef<ImageData | undefined>(undefined);
  const colours = theme.value;
  useLayoutEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context || columns === 0 || rows === 0) return;
    const before = buffer.current;
    const fits = before?.width === columns && before.height === rows;
    const image = fits ? before : context.createImageData(columns, rows);
    buffer.current = image;
    const pixels = new Uint32Array(image.data.buffer);
    const colour = colouring(scale, most, colours);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        pixels[row * columns + column] = colour(value(column, row));
      }
    }
    context.putImageData(image, 0, 0);
  });
  return <canvas ref={canvas} width={columns} height={rows} class="pixels" />;
}
