import { type Pace, paces } from '../engine/pace.js';
import { oneStep, pause, reset, setPace, train } from '../run/actions.js';
import { news, openedFile, pace, phase, run, settings, solved, trouble } from '../run/store.js';
import { taskTexts } from '../run/taskTexts.js';
import { Curve } from './Curve.js';
import { count, number } from './numbers.js';
import { Settings } from './Settings.js';
import { TroubleNote } from './TroubleNote.js';

const paceLabels: Record<Pace, string> = {
  slow: '2 a second',
  walk: '20 a second',
  run: '200 a second',
  full: 'full speed',
};

/** A net that trains in this page. */
export function LearnSection() {
  const training = phase.value === 'training';
  const waiting = phase.value === 'starting' || run.value === undefined;
  const begun = (news.value?.sequences ?? run.value?.sequences ?? 0) > 0;
  return (
    <section id="learn" class="learn" aria-labelledby="learn-title">
      <h2 id="learn-title">Learn</h2>
      <p class="hint">{taskTexts[settings.value.task].idea}</p>
      <div class="buttons">
        {training ? (
          <button type="button" class="main" onClick={pause}>
            Pause
          </button>
        ) : (
          <button type="button" class="main" onClick={train} disabled={waiting}>
            {begun ? 'Train on' : 'Train'}
          </button>
        )}
        <button type="button" onClick={oneStep} disabled={waiting || training}>
          Step
        </button>
        <button type="button" onClick={reset} disabled={waiting || !begun}>
          Reset
        </button>
      </div>
      <fieldset class="choice small">
        <legend>Updates</legend>
        {paces.map((name) => (
          <label key={name} class={name === pace.value ? 'chosen' : ''}>
            <input type="radio" name="pace" checked={name === pace.value} onChange={() => setPace(name)} />
            {paceLabels[name]}
          </label>
        ))}
      </fieldset>
      {trouble.value && <TroubleNote trouble={trouble.value} />}
      <h3 class="curve-title">Cost of a sequence, in bits</h3>
      <Curve />
      <Figures />
      {solved.value && (
        <p class="solved" id="solved">
          <strong>Solved</strong> after {count(solved.value.sequences)} sequences
          {solved.value.seconds > 0 ? ` and ${number(solved.value.seconds)} seconds` : ''}: the last 1,000
          cost under 0.05 bits each.
        </p>
      )}
      {openedFile.value && <p class="hint">This run came from the file {openedFile.value}.</p>}
      <Settings />
    </section>
  );
}

function Figures() {
  const {
    sequences = run.value?.sequences ?? 0,
    meanCost,
    sequencesPerSecond,
    gradientNorm,
  } = news.value ?? {};
  const rows: [string, string][] = [
    ['sequences', count(sequences)],
    ['bits, mean of 1,000', meanCost === undefined ? '–' : number(meanCost)],
    ['sequences a second', sequencesPerSecond ? count(sequencesPerSecond) : '–'],
    ['gradient norm', gradientNorm === undefined ? '–' : number(gradientNorm)],
    ['parameters', count(run.value?.parameters ?? 0)],
  ];
  return (
    <dl class="figures" id="figures">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
