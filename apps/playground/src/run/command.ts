import { copyRun, type RunSettings } from './settings.js';

/** The command that trains the same run in a terminal. */
export function commandFor(settings: RunSettings): string {
  const { task, taskSettings, controller, controllerSize, layers, heads } = settings;
  const { memorySize, memoryDim, learningRate, rateHalfAfter, decay, batch, seed, backend } = settings;
  const flags: [string, string | number, string | number | undefined][] = [
    ['controller', controller, undefined],
    ['controller-size', controllerSize, undefined],
    ['layers', layers, 1],
    ['heads', heads, undefined],
    ['memory-size', memorySize, copyRun.memorySize],
    ['memory-dim', memoryDim, copyRun.memoryDim],
    ['learning-rate', learningRate, undefined],
    ['rate-half-after', rateHalfAfter, undefined],
    ['decay', decay, undefined],
    ['batch', batch, copyRun.batch],
    ['seed', seed, undefined],
    ['backend', backend, copyRun.backend],
    ...Object.entries(taskSettings).map(([name, value]): [string, number, undefined] => [
      kebab(name),
      value,
      undefined,
    ]),
  ];
  const said = flags
    .filter(([, value, usual]) => value !== usual)
    .map(([name, value]) => `--${name} ${value}`);
  return `npm run tapehead -- train ${task} ${said.join(' ')} --until-solved`;
}

function kebab(camelCase: string): string {
  return camelCase.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
