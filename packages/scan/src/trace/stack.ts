const tfjs = /tfjs|[\\/]@tensorflow[\\/]/;
const packages = /[\\/]@tapehead[\\/]/;

/** What a call stack tells about the code that called an op. */
export interface Caller {
  /** `, at myNet.js:12:9`, or nothing where the code is bundled into one file. */
  readonly line: string;
  /** The op of tfjs that was called, such as `dropout`, where its name is there. */
  readonly op: string | undefined;
}

/** Finds the first frame of `stack` behind those of tfjs that is neither of tfjs nor of a package of ours. */
export function callerOf(stack = ''): Caller {
  const frames = stack.split('\n').filter((frame) => /:\d+:\d+/.test(frame));
  const first = frames.findIndex((frame) => tfjs.test(frame));
  if (first < 0) return { line: '', op: undefined };
  const at = frames.findIndex((frame, i) => i > first && !tfjs.test(frame) && !packages.test(frame));
  const op = frames
    .slice(first, at < 0 ? undefined : at)
    .map((frame) => /(\w+?)_*op\b/.exec(frame)?.[1])
    .reduce((last, name) => name ?? last, undefined);
  const place = /([^\\/(@\s?]+)(?:\?[^:]*)?(:\d+:\d+)\)?\s*$/.exec(frames[at] ?? '');
  return { line: place ? `, at ${place[1]}${place[2]}` : '', op };
}
