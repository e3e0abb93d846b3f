import { loadCheckpoint } from '@tapehead/training/node';
import { Command } from 'commander';
import { type ComputeFlags, computeOptions, onBackend } from '../backend.js';
import { episodesOf, evaluate, type Result } from '../evaluation.js';
import { enlarged } from '../larger.js';
import { disposeNet, storedNet } from '../net.js';
import { emit, show } from '../output.js';
import { moduleOf, TASK_FLAG } from '../own/note.js';
import { modulePath, seed, size } from '../parse.js';
import { resultTable } from '../results.js';
import { type SizesFlags, sizesOf, sizesOptions } from '../sizes.js';

interface EvaluateFlags extends ComputeFlags, SizesFlags {
  checkpoint: string;
  memorySize?: number;
  task?: string;
  sequences: number;
  seed: number;
  json?: true;
}

export function evaluateCommand(): Command {
  const command = new Command('evaluate')
    .description('measure a trained net at sizes of its task, beyond those it was trained with too')
    .requiredOption('--checkpoint <file>', 'the run, as train saved it')
    .option('--memory-size <n>', 'rows of the memory, at least those of training (default: those)', size)
    .option('--task <file>', TASK_FLAG, modulePath)
    .option('--sequences <n>', 'sequences at each size', size, 20)
    .option('--seed <n>', 'of the sequences', seed, 1)
    .option('--json', 'results as JSON lines on stdout');
  for (const option of [...sizesOptions(), ...computeOptions()]) command.addOption(option);
  return command.action(async (flags: EvaluateFlags) => {
    const state = await loadCheckpoint(flags.checkpoint);
    const own = await moduleOf(state, flags.checkpoint, flags.task);
    await onBackend(flags, async () => {
      const { net: trained, task, cost } = await storedNet(state, flags.engine, own);
      const net = enlarged(trained, flags.memorySize);
      const results: Result[] = [];
      for (const size of sizesOf(task, flags)) {
        const episodes = episodesOf(task, size, flags.sequences, flags.seed);
        const result = await evaluate(net, episodes, size, cost);
        results.push(result);
        if (flags.json) emit(eventOf(result));
      }
      if (!flags.json) show(resultTable(results));
      disposeNet(net);
    });
  });
}

function eventOf({ axis, value, cost, unit, wrong }: Result): object {
  const counted = {
    bits: { wrongBits: wrong?.count, wrongBitFraction: wrong?.fraction },
    classes: { wrongClasses: wrong?.count, wrongClassFraction: wrong?.fraction },
  };
  const perSequence = unit === 'bits' ? { bitsPerSequence: cost } : {};
  return { event: 'result', axis, value, ...perSequence, cost, unit, ...(wrong && counted[wrong.of]) };
}
