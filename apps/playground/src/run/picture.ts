import { drawMemoryUse, type MemoryUse, type Series } from '@tapehead/bench/draw';
import type { HeadLook, Look } from './look.js';

/** The episode as the command line draws it: figure 6 of the paper. @returns an SVG document */
export function svgOf(look: Look): string {
  return drawMemoryUse(memoryUse(look));
}

function memoryUse(look: Look): MemoryUse {
  const { steps, inputChannels, outputChannels, memoryDim, memorySize } = look;
  const of = (kind: HeadLook['kind'], part: 'vector' | 'sharpened', size: number): Series[] =>
    look.heads.filter((head) => head.kind === kind).map((head) => ({ values: head[part], steps, size }));
  return {
    title: look.title.replace(/^./, (letter) => letter.toUpperCase()),
    subtitle: `${look.wrong} of ${look.scored} bits wrong. The answer is wanted from the dashed line on.`,
    inputs: { values: look.input, steps, size: inputChannels.length },
    outputs: { values: look.output, steps, size: outputChannels.length },
    answerFrom: Math.max(0, look.mask.indexOf(1)),
    adds: of('write', 'vector', memoryDim),
    reads: of('read', 'vector', memoryDim),
    writeWeightings: of('write', 'sharpened', memorySize),
    readWeightings: of('read', 'sharpened', memorySize),
  };
}

/** An SVG as a PNG of twice its size. */
export async function pngOf(svg: string): Promise<Blob> {
  const image = new Image();
  const url = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
  try {
    image.src = url;
    await image.decode();
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [2 * image.width, 2 * image.height];
    canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) => {
      canvas.toBlob(
        (blob) => (blob ? resolve(blob) : reject(new Error('this browser made no PNG'))),
        'image/png',
      );
    });
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** Hands a file to the browser to keep. */
export function download(name: string, content: Blob): void {
  const anchor = document.createElement('a');
  anchor.href = URL.createObjectURL(content);
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(anchor.href), 1000);
}
