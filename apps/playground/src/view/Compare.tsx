import { usedLocations } from '@tapehead/bench/draw';
import type { Answer } from '../run/look.js';
import { answers, lookedAt, net } from '../run/store.js';
import { HeadMark } from './HeadMark.js';
import { netLabels } from './Look.js';
import { count, number } from './numbers.js';
import { Pixels } from './Pixels.js';

/** How each net answers the same episode. */
export function Compare() {
  return (
    <div class="play-part wide">
      <h3>The same episode, other nets</h3>
      <div class="compare">
        {answers.value.map((answer) => (
          <Card key={answer.net} answer={answer} />
        ))}
      </div>
    </div>
  );
}

function Card({ answer }: { answer: Answer }) {
  const channels = answer.output.length / answer.mask.length;
  const size = answer.readWeights.length / answer.mask.length;
  const rows = usedLocations([{ values: answer.readWeights, steps: answer.mask.length, size }]);
  const from = Math.max(0, answer.mask.indexOf(1));
  const steps = answer.mask.length - from;
  const verdict = `${count(answer.wrong)} of ${count(answer.scored)} bits wrong`;
  return (
    <article class={`card ${answer.net === lookedAt.value ? 'chosen' : ''}`} data-net={answer.net}>
      <h4>{netLabels[answer.net]}</h4>
      <p class="note">{answer.sequences === 0 ? 'never trained' : `${count(answer.sequences)} sequences`}</p>
      <div class="card-picture bits" role="img" aria-label={`Its answer: ${verdict}`}>
        <Pixels
          columns={steps}
          rows={channels}
          value={(t, row) => answer.output[(from + t) * channels + row] ?? 0}
          scale="amount"
        />
      </div>
      <p class="note">
        <HeadMark kind="read" /> where it reads meanwhile
      </p>
      <div class="card-picture locations" role="img" aria-label="Where its first read head looks">
        <Pixels
          columns={steps}
          rows={rows.length}
          value={(t, row) => answer.readWeights[(from + t) * size + (rows[row] ?? 0)] ?? 0}
          scale="amount"
        />
      </div>
      <p class="card-verdict">
        <strong>{verdict}</strong>, {number(answer.bits)} bits
      </p>
      <button
        type="button"
        class="quiet"
        disabled={answer.net === lookedAt.value}
        onClick={() => {
          net.value = answer.net;
        }}
      >
        {answer.net === lookedAt.value ? 'Shown in Look' : 'Look at it'}
      </button>
    </article>
  );
}
