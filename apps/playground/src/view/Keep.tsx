import { useState } from 'preact/hooks';
import { checkpoint, link, openCheckpoint, say } from '../run/actions.js';
import { commandFor } from '../run/command.js';
import { download, pngOf, svgOf } from '../run/picture.js';
import { look, news, openedFile, run, settings } from '../run/store.js';

/** What can be taken away from the page, and brought back. */
export function KeepSection() {
  const [problem, setProblem] = useState('');
  const shown = look.value;
  const name = `${settings.value.task}-${news.value?.sequences ?? run.value?.sequences ?? 0}`;

  const doing = async (work: () => Promise<void>, words: string): Promise<void> => {
    try {
      setProblem('');
      await work();
      say(words);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  const save = async (): Promise<void> => {
    const bytes = new Uint8Array(await checkpoint());
    download(`${name}.safetensors`, new Blob([bytes], { type: 'application/octet-stream' }));
  };
  const open = async (file: File): Promise<void> =>
    openCheckpoint(file.name, new Uint8Array(await file.arrayBuffer()));

  return (
    <section id="keep" class="keep" aria-labelledby="keep-title">
      <div class="section-head">
        <h2 id="keep-title">Keep</h2>
      </div>
      <div class="keep-grid">
        <div>
          <h3>The link</h3>
          <p class="hint">
            All of this run and this episode is in the address, the seed included: who opens it sees the same.
            {openedFile.value && ' What came from a file is not in it: send the file too.'}
          </p>
          <button
            type="button"
            onClick={() => doing(() => navigator.clipboard.writeText(link()), 'The link is copied.')}
          >
            Copy the link
          </button>
        </div>
        <div>
          <h3>The net</h3>
          <p class="hint">
            A checkpoint is the whole run as one .safetensors file, the same as the command line’s: it goes on
            here, there, or in Python.
          </p>
          <div class="buttons">
            <button
              type="button"
              disabled={run.value === undefined}
              onClick={() => doing(save, 'The checkpoint is saved.')}
            >
              Download checkpoint
            </button>
            <label class="button">
              Open checkpoint
              <input
                type="file"
                class="visually-hidden"
                accept=".safetensors"
                onChange={(event) => {
                  const input = event.currentTarget;
                  const [file] = input.files ?? [];
                  if (file) doing(() => open(file), `${file.name} is open.`);
                  input.value = '';
                }}
              />
            </label>
          </div>
        </div>
        <div>
          <h3>The picture</h3>
          <p class="hint">The episode in Look, as figure 6 of the paper has it.</p>
          <div class="buttons">
            <button
              type="button"
              disabled={!shown}
              onClick={() =>
                doing(async () => {
                  if (shown) download(`${name}.svg`, new Blob([svgOf(shown)], { type: 'image/svg+xml' }));
                }, 'The picture is saved.')
              }
            >
              SVG
            </button>
            <button
              type="button"
              disabled={!shown}
              onClick={() =>
                doing(async () => {
                  if (shown) download(`${name}.png`, await pngOf(svgOf(shown)));
                }, 'The picture is saved.')
              }
            >
              PNG
            </button>
          </div>
        </div>
        <div>
          <h3>The same in a terminal</h3>
          <p class="hint">At the root of the repository:</p>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
          <pre class="command" tabIndex={0}>
            {commandFor(settings.value)}
          </pre>
        </div>
      </div>
      {problem !== '' && (
        <p class="trouble" role="alert">
          {problem}
        </p>
      )}
    </section>
  );
}
