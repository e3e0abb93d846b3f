import { changeSpec } from '../run/actions.js';
import type { NetName } from '../run/look.js';
import { look, lookBelow, lookedAt, net, nets, phase, spec } from '../run/store.js';
import { Film, shownHead } from './Film.js';
import { Moment } from './Moment.js';
import { count, number } from './numbers.js';
import { TimeBar } from './TimeBar.js';

export const netLabels: Record<NetName, string> = {
  trained: 'Trained',
  half: 'Half-trained',
  untrained: 'Untrained',
  yours: 'Yours',
};

/** One episode through one net. */
export function LookSection() {
  const shown = look.value;
  return (
    <section id="look" class="look" aria-labelledby="look-title">
      <div class="section-head">
        <h2 id="look-title">Look</h2>
        <fieldset class="choice">
          <legend class="visually-hidden">The net to look at</legend>
          {nets.value.map((name) => (
            <label key={name} class={name === lookedAt.value ? 'chosen' : ''}>
              <input
                type="radio"
                name="net"
                checked={name === lookedAt.value}
                onChange={() => {
                  net.value = name;
                }}
              />
              {netLabels[name]}
            </label>
          ))}
        </fieldset>
        <button
          type="button"
          class="quiet"
          onClick={() => changeSpec({ seed: spec.value.seed + 1, bits: [] })}
        >
          Another episode
        </button>
      </div>
      {shown === undefined ? (
        <p class="hint loading">The first episode is on its way.</p>
      ) : (
        <>
          <p class="verdict" id="verdict" data-bits={shown.bits} data-wrong={shown.wrong}>
            {shown.title.replace(/^./, (letter) => letter.toUpperCase())}.{' '}
            <strong>
              {count(shown.wrong)} of {count(shown.scored)} bits wrong
            </strong>
            , {number(shown.bits)} bits of cost
            {shown.best !== undefined && ` where the best of all guesses costs ${number(shown.best)}`}
            {lookedAt.value === 'yours' && phase.value === 'training' ? ', while it learns.' : '.'} The answer
            is wanted from the dashed line on.
          </p>
          <Heads />
          <Film look={shown} />
          <TimeBar look={shown} />
          {lookBelow.value && <Moment look={lookBelow.value} />}
        </>
      )}
    </section>
  );
}

/** Which of several heads to show. */
function Heads() {
  const heads = look.value?.heads ?? [];
  const pairs = Math.max(
    ...['read', 'write'].map((kind) => heads.filter((head) => head.kind === kind).length),
  );
  if (pairs < 2) return null;
  return (
    <label class="inline">
      Heads shown{' '}
      <select
        value={shownHead.value}
        onChange={(event) => {
          shownHead.value = Number(event.currentTarget.value);
        }}
      >
        {Array.from({ length: pairs }, (_, index) => (
          <option key={index} value={index}>
            {index + 1} of {pairs}
          </option>
        ))}
      </select>
    </label>
  );
}
