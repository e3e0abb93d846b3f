/** Also the two methods of tfjs's engine that `within` puts its own in front of. */
const tfjs = /tfjs|[\\/]@tensorflow[\\/]|\b(runKernel|disposeTensor)\b/;
const packages = /[\\/]@tapehead[\\/]/;

/** Finds the line of the step that asks for what is traced now, such as `, at myNet.js:12:9`; empty where it cannot be had. */
export function callerLine(): string {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 100;
  const { stack } = new Error();
  Error.stackTraceLimit = stackTraceLimit;
  return lineIn(stack);
}

/** The first frame behind those of tfjs that is neither of tfjs nor of a package of ours. */
export function lineIn(stack = ''): string {
  const frames = stack.split('\n').filter((frame) => /:\d+:\d+/.test(frame));
  const first = frames.findIndex((frame) => tfjs.test(frame));
  const at = frames.findIndex((frame, i) => i > first && !tfjs.test(frame) && !packages.test(frame));
  const place = /([^\\/(@\s?]+)(?:\?[^:]*)?(:\d+:\d+)\)?\s*$/.exec(frames[at] ?? '');
  return first < 0 || !place ? '' : `, at ${place[1]}${place[2]}`;
}
