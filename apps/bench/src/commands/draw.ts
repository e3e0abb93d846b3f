import { loadCheckpoint } from '@tapehead/training/node';
import { Command } from 'commander';
import { type ComputeFlags, computeOptions, onBackend } from '../backend.js';
import { episodesOf } from '../evaluation.js';
import { UsageError } from '../exit.js';
import { areSameFile, checkWritable } from '../files.js';
import { disposeNet, storedNet } from '../net.js';
import { show } from '../output.js';
import { moduleOf, TASK_FLAG } from '../own/note.js';
import { modulePath, picture, seed } from '../parse.js';
import { savePicture } from '../picture.js';
import { type SizeFlags, sizeOf, sizeOptions } from '../sizes.js';

interface DrawFlags extends ComputeFlags, SizeFlags {
  checkpoint: string;
  task?: string;
  out: string;
  seed: number;
}

export function drawCommand(): Command {
  const command = new Command('draw')
    .description("draw a trained net's use of its memory in one sequence: figure 6 of the paper")
    .requiredOption('--checkpoint <file>', 'the run, as train saved it')
    .option('--task <file>', TASK_FLAG, modulePath)
    .requiredOption('--out <file>', 'the picture, .svg or .png; an older one is replaced', picture)
    .option('--seed <n>', 'of the sequence', seed, 1);
  for (const option of [...sizeOptions('the largest trained with'), ...computeOptions()])
    command.addOption(option);
  return command.action(async (flags: DrawFlags) => {
    const { checkpoint, out, seed } = flags;
    await checkWritable('--out', out);
    if (await areSameFile(checkpoint, out)) {
      throw new UsageError(`--out: expected another file than that of --checkpoint, got ${out} for both`);
    }
    const state = await loadCheckpoint(checkpoint);
    const own = await moduleOf(state, checkpoint, flags.task);
    await onBackend(flags, async () => {
      const { net, task, cost } = await storedNet(state, flags.engine, own);
      const size = sizeOf(task, flags, ({ trained }) => trained.most);
      for (const episode of episodesOf(task, size, 1, seed)) await savePicture(net, episode, out, cost);
      disposeNet(net);
    });
    show(`drawn to ${out}`);
  });
}
