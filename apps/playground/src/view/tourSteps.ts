/** The idea in a dozen sentences, each beside what it speaks of. */
export const tourSteps: readonly { readonly words: string; readonly at: string }[] = [
  { words: 'A neural net forgets; this one has a tape to write on.', at: '.tape' },
  { words: 'The task here is to copy: it hears a row of vectors, one after the other…', at: '.film .panel' },
  {
    words: '…and when the mark comes it has to say all of them again, without hearing anything more.',
    at: '.answers',
  },
  {
    words: 'What is wanted and what is given stand one above the other; a cross is a wrong bit.',
    at: '.answers',
  },
  {
    words: 'While it listens, its write head adds each vector to a row of the memory.',
    at: '.film .panel:nth-of-type(2)',
  },
  {
    words: 'Follow the write head: one row a step, a straight line; nobody told it to, it was learned.',
    at: '.film .panel:nth-of-type(4)',
  },
  { words: 'When it answers, the read head goes along the very same rows.', at: '.film .panel:last-of-type' },
  { words: 'Move the slider to stop time at any step.', at: '.time-bar' },
  {
    words:
      'A head finds its row by likeness to a key, by where it was before, or by moving on from there: four stages, one bar chart each.',
    at: '.stages-of-heads',
  },
  {
    words: 'All of this is smooth, so it learns like any net: press Train, and watch the cost fall.',
    at: '#learn',
  },
  {
    words:
      'Then give it a sequence of your own, longer than any it was trained with, or hold a head fast and see what breaks.',
    at: '#play',
  },
  { words: 'What you find is in the address of this page: send it to somebody.', at: '#keep' },
];
