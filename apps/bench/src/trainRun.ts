import {
  captureState,
  meanCost,
  type Progress,
  type Run,
  type Stop,
  type TrainOptions,
  train,
} from '@tapehead/training';
import { saveCheckpoint } from '@tapehead/training/node';

export interface TrainRunOptions extends TrainOptions {
  run: Run;
  /** The file that holds the run. */
  checkpoint: string;
  /** Sequences between two checkpoints. */
  checkpointEvery: number;
  tell: (progress: Progress) => void;
  /** What the checkpoint is to carry beside the run. */
  notes?: object | undefined;
}

export interface Outcome {
  stop: Stop;
  seconds: number;
  sequences: number;
  /** The mean of the last 1,000 sequences, in the unit of the run's cost. */
  cost: number;
}

/** Trains, saving now and then and at the end, however it ends; a run that fails keeps its last checkpoint. */
export async function trainRun(options: TrainRunOptions): Promise<Outcome> {
  const { run, checkpoint, checkpointEvery, tell, notes, ...limits } = options;
  const began = performance.now();
  const training = train(run, limits);
  let saved = run.sequences;
  let next = await training.next();
  while (next.done !== true) {
    tell(next.value);
    if (run.sequences - saved >= checkpointEvery) {
      await save(run, checkpoint, notes);
      saved = run.sequences;
    }
    next = await training.next();
  }
  await save(run, checkpoint, notes);
  const seconds = (performance.now() - began) / 1000;
  return { stop: next.value, seconds, sequences: run.sequences, cost: meanCost(run) };
}

async function save(run: Run, path: string, notes: object | undefined): Promise<void> {
  await saveCheckpoint(path, { ...(await captureState(run)), ...(notes && { notes }) });
}
