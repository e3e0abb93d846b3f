/**
 * A function that does `work`, one at a time: asked again meanwhile, it works once more afterwards, and what was begun
 * before is told that it is no longer the latest.
 */
export function latest(work: (isLatest: () => boolean) => Promise<void>): () => void {
  let asked = 0;
  let busy = false;
  const run = async (): Promise<void> => {
    busy = true;
    for (let done = 0; done !== asked; ) {
      const mine = asked;
      // Whoever asks the worker has told the reader what went wrong.
      await work(() => mine === asked).catch(() => {});
      done = mine;
    }
    busy = false;
  };
  return () => {
    asked += 1;
    if (!busy) run();
  };
}
