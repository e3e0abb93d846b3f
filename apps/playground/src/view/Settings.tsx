import { change } from '../run/actions.js';
import { backends, controllers, type RunSettings } from '../run/settings.js';
import { phase, ready, run, settings, task } from '../run/store.js';
import { taskList, taskTexts } from '../run/taskTexts.js';
import { NumberField, SelectField } from './fields.js';

const controllerTexts: Record<RunSettings['controller'], string> = {
  feedforward: 'feed-forward',
  lstm: 'LSTM',
};
const backendTexts: Record<RunSettings['backend'], string> = {
  wasm: 'wasm (SIMD kernels)',
  webgpu: 'webgpu',
  cpu: 'cpu (JavaScript)',
};

/** What decides the run; each change begins it anew. */
export function Settings() {
  const now = settings.value;
  const disabled = phase.value !== 'resting';
  const there = ready.value?.backends ?? [now.backend];
  const number = (key: NumberKey, label: string, least: number, most: number, step: number | 'any' = 1) => (
    <NumberField
      label={label}
      value={now[key]}
      least={least}
      most={most}
      step={step}
      disabled={disabled}
      onChange={(value) => change({ [key]: value })}
    />
  );
  return (
    <div class="settings">
      <SelectField
        label="Task"
        value={now.task}
        disabled={disabled}
        options={taskList.map((name) => [name, taskTexts[name].label])}
        onChange={(name) => change({ task: name })}
      />
      <SelectField
        label="Controller"
        value={now.controller}
        disabled={disabled}
        options={controllers.map((name) => [name, controllerTexts[name]])}
        onChange={(controller) => change({ controller })}
      />
      {number('seed', 'Seed', 0, 2 ** 32 - 1)}
      <details>
        <summary>Sizes, rate, backend</summary>
        <div class="settings">
          {number('heads', 'Read heads, and as many write heads', 1, 16)}
          {number('controllerSize', 'Controller width', 1, 1024)}
          {number('layers', 'Controller layers', 1, 4)}
          {number('memorySize', 'Rows of the memory, N', 3, 1024)}
          {number('memoryDim', 'Cells of a row, M', 1, 128)}
          {number('learningRate', 'Learning rate', Number.MIN_VALUE, Number.MAX_VALUE, 'any')}
          {number('rateHalfAfter', 'Updates until half the rate', 1, 1e9)}
          {number('decay', 'How much of the mean square gradient is kept', 0, 0.999999, 'any')}
          {number('batch', 'Sequences an update', 1, 256)}
          {Object.entries(task.value?.settings ?? {}).map(([name, usual]) => (
            <NumberField
              key={name}
              label={`${taskTexts[now.task].label}: ${words(name)}`}
              value={now.taskSettings[name] ?? usual}
              least={1}
              most={1000}
              disabled={disabled}
              onChange={(value) =>
                change({ taskSettings: withSetting(now.taskSettings, name, value, usual) })
              }
            />
          ))}
          <SelectField
            label="Backend"
            value={now.backend}
            disabled={disabled}
            options={backends
              .filter((name) => there.includes(name) || name === now.backend)
              .map((name) => [name, backendTexts[name]])}
            onChange={(backend) => change({ backend })}
          >
            <span class="note">
              {run.value &&
                `${run.value.engine === 'fused' ? 'one kernel call' : 'many small operations'} a sequence`}
            </span>
          </SelectField>
        </div>
      </details>
    </div>
  );
}

type NumberKey = { [K in keyof RunSettings]: RunSettings[K] extends number ? K : never }[keyof RunSettings];

function withSetting(before: RunSettings['taskSettings'], name: string, value: number, usual: number) {
  const { [name]: _, ...others } = before;
  return value === usual ? others : { ...others, [name]: value };
}

/** `maxLength` → `max length` */
function words(camelCase: string): string {
  return camelCase.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
