import { loadCheckpoint } from '@tapehead/training/node';
import { Command } from 'commander';
import { type ComputeFlags, computeOptions, onBackend } from '../backend.js';
import { episodesOf } from '../evaluation.js';
import { UsageError } from '../exit.js';
import { checkWritable } from '../files.js';
import { storedNet } from '../net.js';
import { show } from '../output.js';
import { picture, seed, size } from '../parse.js';
import { savePicture } from '../picture.js';

interface DrawFlags extends ComputeFlags {
  checkpoint: string;
  out: string;
  length: number;
  seed: number;
}

export function drawCommand(): Command {
  const command = new Command('draw')
    .description("draw a trained net's use of its memory in one sequence: figure 6 of the paper")
    .requiredOption('--checkpoint <file>', 'the run, as train saved it')
    .requiredOption('--out <file>', 'the picture: .svg or .png', picture)
    .option('--length <n>', 'length of the sequence', size, 20)
    .option('--seed <n>', 'of the sequence', seed, 1);
  for (const option of computeOptions()) command.addOption(option);
  return command.action(async ({ checkpoint, out, length, seed, ...compute }: DrawFlags) => {
    await checkWritable('--out', out);
    const state = await loadCheckpoint(checkpoint);
    await onBackend(compute, async () => {
      const { net, task } = storedNet(state, compute.engine);
      const [episode] = episodesOf(task, length, 1, seed);
      if (episode === undefined) throw new UsageError('--length: no sequence of that length');
      await savePicture(net, episode, out);
      net.dispose();
    });
    show(`drawn to ${out}`);
  });
}
