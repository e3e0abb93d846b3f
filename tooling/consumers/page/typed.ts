import type { ControllerFactory } from '@tapehead/controller';
import { LSTMBaseline, NTM, type NtmOptions } from '@tapehead/ntm';
import { copy, type Task } from '@tapehead/tasks';
import { adam, createRun, type Progress, type SequenceModel, type Stop, train } from '@tapehead/training';
import { relu, type Tensor2D } from '@tensorflow/tfjs-core';

/** A custom controller, with a state of its own. */
const passing: ControllerFactory<{ seen: Tensor2D }> = ({ inputSize }) => ({
  outputSize: inputSize,
  initialState: () => {
    throw new Error('only its types are looked at');
  },
  step: (x) => ({ output: relu(x), state: { seen: x } }),
});

const options: NtmOptions = { inputSize: 8, controller: passing, engine: 'auto' };

/** Both nets are models for the loop, and each task of the house is a task for it. */
const models: SequenceModel[] = [NTM.build(options), LSTMBaseline.build({ inputSize: 8 })];
const task: Task = copy({ width: 8 });

export async function* last(signal: AbortSignal | undefined): AsyncGenerator<number, Stop> {
  for (const model of models) {
    const events = train(createRun({ model, task, optimizer: adam() }), { signal, until: 'solved' });
    let event: IteratorResult<Progress, Stop> = await events.next();
    while (!event.done) {
      yield event.value.cost;
      event = await events.next();
    }
  }
  return 'solved';
}
