import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '@tapehead/training/node';
import { costFields } from '../costs.js';
import { solvedAfter, worstAfter } from '../reproduce/curve.js';
import { writeJson } from '../reproduce/files.js';
import { storedEvaluation } from '../reproduce/format.js';
import { type Report, reportOf } from './document.js';
import { solvedBelow } from './groups.js';
import { pageOf } from './page.js';
import { lastCost, windowFor, windowMeans } from './statistics.js';
import { readRuns, type StoredRun } from './stored.js';

/** Where a report was written. */
export interface Written {
  page: string;
  markdown: string;
  results: string;
  runs: StoredRun[];
}

/** Writes the report of all that the folder of an experiment holds: a page, the same as Markdown, and every number. */
export async function writeReport(out: string): Promise<Written> {
  const runs = await readRuns(out);
  const report = await reportOf(runs);
  const files = {
    page: join(out, 'report.html'),
    markdown: join(out, 'report.md'),
    results: join(out, 'results.json'),
  };
  await writePictures(out, report);
  await replaceFile(files.page, pageOf(report));
  await replaceFile(files.markdown, report.markdown);
  await writeJson(files.results, { format: 1, runs: runs.map(resultOf) });
  return { ...files, runs };
}

async function writePictures(out: string, { pictures }: Report): Promise<void> {
  await mkdir(join(out, 'pictures'), { recursive: true });
  await Promise.all(pictures.map(({ name, svg }) => replaceFile(join(out, 'pictures', name), svg)));
}

/** What is known of a run; its learning curve in about a hundred points. */
function resultOf(run: StoredRun): object {
  const { id, file, progress, curve, evaluation } = run;
  const { unit } = file.cost;
  const solved = solvedAfter(curve, solvedBelow(run));
  const worst = solved === undefined ? null : worstAfter(curve, solved);
  const window = windowFor(progress.sequences);
  return {
    ...id,
    ...progress,
    target: file.target,
    sequencesPerSecond: progress.seconds > 0 ? progress.sequences / progress.seconds : null,
    solvedAfter: solved ?? null,
    ...(unit === 'bits' ? { worstBitsAfter: worst } : { worstCostAfter: worst }),
    ...costFields(lastCost(curve) ?? Number.NaN, unit),
    parameters: file.parameters,
    settings: file.task.settings,
    recipe: file.recipe,
    sittings: file.sittings,
    evaluation: evaluation === undefined ? null : storedEvaluation(evaluation, unit),
    curve: { window, [unit === 'bits' ? 'bits' : 'cost']: windowMeans(curve, window) },
  };
}
