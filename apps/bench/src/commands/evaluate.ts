import { loadCheckpoint } from '@tapehead/training/node';
import { Command } from 'commander';
import { type ComputeFlags, computeOptions, onBackend } from '../backend.js';
import { episodesOf, evaluate, type Result } from '../evaluation.js';
import { enlarged } from '../larger.js';
import { storedNet } from '../net.js';
import { emit, show } from '../output.js';
import { seed, size } from '../parse.js';
import { resultTable } from '../results.js';
import { type SizesFlags, sizesOf, sizesOptions } from '../sizes.js';

interface EvaluateFlags extends ComputeFlags, SizesFlags {
  checkpoint: string;
  memorySize?: number;
  sequences: number;
  seed: number;
  json?: true;
}

export function evaluateCommand(): Command {
  const command = new Command('evaluate')
    .description('measure a trained net at sizes of its task, beyond those it was trained with too')
    .requiredOption('--checkpoint <file>', 'the run, as train saved it')
    .option('--memory-size <n>', 'rows of the memory, at least those of training (default: those)', size)
    .option('--sequences <n>', 'sequences at each size', size, 20)
    .option('--seed <n>', 'of the sequences', seed, 1)
    .option('--json', 'results as JSON lines on stdout');
  for (const option of [...sizesOptions(), ...computeOptions()]) command.addOption(option);
  return command.action(async (flags: EvaluateFlags) => {
    const state = await loadCheckpoint(flags.checkpoint);
    await onBackend(flags, async () => {
      const { net: trained, task } = storedNet(state, flags.engine);
      const net = enlarged(trained, flags.memorySize);
      const results: Result[] = [];
      for (const size of sizesOf(task, flags)) {
        const result = await evaluate(net, episodesOf(task, size, flags.sequences, flags.seed), size);
        results.push(result);
        if (flags.json) emit(eventOf(result));
      }
      if (!flags.json) show(resultTable(results));
      net.dispose();
    });
  });
}

function eventOf({ axis, value, bitsPerSequence, wrongBits, wrongBitFraction }: Result): object {
  return { event: 'result', axis, value, bitsPerSequence, wrongBits, wrongBitFraction };
}
