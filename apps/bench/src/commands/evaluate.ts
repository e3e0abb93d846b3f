import { loadCheckpoint } from '@tapehead/training/node';
import { Command } from 'commander';
import { type ComputeFlags, computeOptions, onBackend } from '../backend.js';
import { episodesOf, evaluate, type Result } from '../evaluation.js';
import { storedNet } from '../net.js';
import { emit, show } from '../output.js';
import { seed, size, sizes } from '../parse.js';
import { resultTable } from '../results.js';

interface EvaluateFlags extends ComputeFlags {
  checkpoint: string;
  lengths: number[];
  sequences: number;
  seed: number;
  json?: true;
}

export function evaluateCommand(): Command {
  const command = new Command('evaluate')
    .description('measure a trained net at lengths of its task')
    .requiredOption('--checkpoint <file>', 'the run, as train saved it')
    .option('--lengths <list>', 'lengths, with commas between', sizes, [10, 20, 30, 50, 120])
    .option('--sequences <n>', 'sequences at each length', size, 20)
    .option('--seed <n>', 'of the sequences', seed, 1)
    .option('--json', 'results as JSON lines on stdout');
  for (const option of computeOptions()) command.addOption(option);
  return command.action(async (flags: EvaluateFlags) => {
    const state = await loadCheckpoint(flags.checkpoint);
    await onBackend(flags, async () => {
      const { net, task } = storedNet(state, flags.engine);
      const results: Result[] = [];
      for (const length of flags.lengths) {
        const result = await evaluate(net, episodesOf(task, length, flags.sequences, flags.seed), length);
        results.push(result);
        if (flags.json) emit(eventOf(result));
      }
      if (!flags.json) show(resultTable(results));
      net.dispose();
    });
  });
}

function eventOf({ length, bitsPerSequence, wrongBits, wrongBitFraction }: Result): object {
  return { event: 'result', length, bitsPerSequence, wrongBits, wrongBitFraction };
}
