import { useState } from 'preact/hooks';
import { changeSpec, meddle } from '../run/actions.js';
import type { ForcedGate, Meddling } from '../run/episodeSpec.js';
import type { Look } from '../run/look.js';
import { at, spec } from '../run/store.js';
import { NumberField, SelectField } from './fields.js';
import { headFrom, headKey, headLabel } from './heads.js';
import { number } from './numbers.js';
import { picked } from './picked.js';

/** Takes hold of a head, or of the memory, at the chosen step. */
export function Meddle({ look }: { look: Look }) {
  const heads = look.heads;
  const [key, setKey] = useState('write 0');
  const [lasts, setLasts] = useState<ForcedGate['lasts']>('once');
  const [gate, setGate] = useState(0);
  const [shift, setShift] = useState(1);
  const [value, setValue] = useState(0);
  const [wholeRow, setWholeRow] = useState<'row' | 'cell'>('row');
  const head = headFrom(heads.some((each) => headKey(each) === key) ? key : 'write 0');
  const { row, cell } = picked.value ?? { row: brightest(look), cell: 0 };
  const step = at.value;
  return (
    <div class="play-part">
      <h3>Meddle at step {step + 1}</h3>
      <p class="hint">Choose the step with the slider above, and see in Look what follows.</p>
      <div class="meddle-row">
        <SelectField
          label="Head"
          value={headKey(head)}
          options={heads.map((each) => [headKey(each), headLabel(each, heads)])}
          onChange={setKey}
        />
        <SelectField
          label="For"
          value={lasts}
          options={[
            ['once', 'this step'],
            ['on', 'this step and all after'],
          ]}
          onChange={setLasts}
        />
      </div>
      <div class="meddle-row">
        <NumberField label="Gate g" value={gate} least={0} most={1} step={0.05} onChange={setGate} />
        <button type="button" onClick={() => meddle({ what: 'gate', head, step, lasts, value: gate })}>
          Force the gate
        </button>
      </div>
      <div class="meddle-row">
        <NumberField
          label="Shift, in rows"
          value={shift}
          least={-(look.shifts - 1) / 2}
          most={(look.shifts - 1) / 2}
          onChange={setShift}
        />
        <button type="button" onClick={() => meddle({ what: 'shift', head, step, lasts, value: shift })}>
          Force the shift
        </button>
      </div>
      <div class="meddle-row">
        <NumberField
          label="Memory row"
          value={row}
          least={0}
          most={look.memorySize - 1}
          onChange={(next) => {
            picked.value = { row: next, cell };
          }}
        />
        <SelectField
          label="Cells"
          value={wholeRow}
          options={[
            ['row', 'all'],
            ['cell', `cell ${cell + 1}`],
          ]}
          onChange={setWholeRow}
        />
        <NumberField label="Value" value={value} least={-10} most={10} step="any" onChange={setValue} />
        <button
          type="button"
          onClick={() =>
            meddle({ what: 'memory', row, cell: wholeRow === 'cell' ? cell : undefined, step, value })
          }
        >
          Set the memory
        </button>
      </div>
      <Done look={look} />
    </div>
  );
}

/** What is done to the net, to be taken back. */
function Done({ look }: { look: Look }) {
  const { meddling } = spec.value;
  if (meddling.length === 0) return <p class="note">Nothing is forced or edited.</p>;
  return (
    <ul class="done">
      {meddling.map((each, i) => (
        <li key={i}>
          {wordsFor(each, look)}{' '}
          <button
            type="button"
            class="quiet"
            aria-label={`Take back: ${wordsFor(each, look)}`}
            onClick={() => changeSpec({ meddling: spec.value.meddling.filter((other) => other !== each) })}
          >
            Take back
          </button>
        </li>
      ))}
    </ul>
  );
}

function wordsFor(each: Meddling, { heads }: Look): string {
  if (each.what === 'memory') {
    const where = each.cell === undefined ? `Row ${each.row}` : `Row ${each.row}, cell ${each.cell + 1}`;
    return `${where} set to ${number(each.value)} before step ${each.step + 1}`;
  }
  const when = each.lasts === 'once' ? `at step ${each.step + 1}` : `from step ${each.step + 1} on`;
  const what = each.what === 'gate' ? `gate ${number(each.value)}` : `shift ${number(each.value)}`;
  return `${headLabel(each.head, heads)}: ${what} ${when}`;
}

/** The row that the first write head looks at most: the one worth wiping. */
function brightest({ heads, memorySize }: Look): number {
  const writer = heads.find(({ kind }) => kind === 'write');
  const weights =
    writer?.sharpened.subarray(at.value * memorySize, (at.value + 1) * memorySize) ?? new Float32Array();
  return weights.reduce((best, weight, row) => (weight > (weights[best] ?? 0) ? row : best), 0);
}
