import { refusals, spoken } from '../run/store.js';
import { KeepSection } from './Keep.js';
import { LearnSection } from './Learn.js';
import { LookSection } from './Look.js';
import { PlaySection } from './Play.js';
import { Tour, tourAt } from './Tour.js';

export function App() {
  return (
    <>
      <button type="button" class="skip" onClick={() => goTo('look')}>
        Skip to the episode
      </button>
      <header class="top">
        <div>
          <h1>Tapehead</h1>
          <p class="tagline">
            A neural net with a tape to write on. Watch it learn to use it, then stop time and look.
          </p>
        </div>
        <nav aria-label="Sections">
          {['Learn', 'Look', 'Play', 'Keep'].map((name) => (
            <button key={name} type="button" class="text" onClick={() => goTo(name.toLowerCase())}>
              {name}
            </button>
          ))}
          <button
            type="button"
            id="take-tour"
            onClick={() => {
              tourAt.value = 0;
            }}
          >
            Take the tour
          </button>
        </nav>
      </header>
      <main>
        {refusals.value.length > 0 && (
          <p class="trouble" role="alert">
            This link says what makes no sense here, and the usual was taken instead:{' '}
            {refusals.value.join(', ')}
          </p>
        )}
        <div class="learn-and-look">
          <LearnSection />
          <LookSection />
        </div>
        <PlaySection />
        <KeepSection />
      </main>
      <footer class="bottom">
        <p>
          After Graves, Wayne & Danihelka 2014,{' '}
          <a href="https://arxiv.org/abs/1410.5401">Neural Turing Machines</a>. Everything on this page is
          computed on your machine.
        </p>
      </footer>
      <Tour />
      <p class="visually-hidden" aria-live="polite" id="spoken">
        {spoken.value}
      </p>
    </>
  );
}

/** The part of the address after `#` belongs to the run, so this moves the view and the focus only. */
function goTo(id: string): void {
  const heading = document.getElementById(`${id}-title`);
  if (heading === null) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  heading.scrollIntoView();
}
