import { TapeheadError } from '@tapehead/core';
import { type BirpcReturn, createBirpc } from 'birpc';
import { channelTo, messageOf, type NodeWorker, type PageWorker, type WorkerChannel } from './channel.js';
import type { Replica } from './protocol.js';

type Remote = BirpcReturn<Replica>;

interface Member {
  readonly name: string;
  readonly channel: WorkerChannel;
  readonly replica: Remote;
}

/** Workers that stand and fall together: the first that fails ends them all, and every call with its error. */
export class Crew {
  readonly #members: Member[] = [];
  readonly #timeout: number;
  #failure: TapeheadError | undefined;

  /** @param timeout milliseconds that this thread waits for answers */
  constructor(timeout: number) {
    this.#timeout = timeout;
  }

  hire(worker: NodeWorker | PageWorker): void {
    const name = `worker ${this.#members.length + 1}`;
    const channel = channelTo(worker);
    // birpc's own clock would run while this thread computes and cannot hear an answer.
    const replica = createBirpc<Replica>({}, { ...channel, timeout: -1 });
    this.#members.push({ name, channel, replica });
    channel.onLost((why) => this.#fail(`${name} failed: ${why}`));
  }

  /** Asks a worker for each item, all at once and now, so that this thread can compute before it waits. */
  ask<T, Answer>(
    items: readonly T[],
    question: (replica: Remote, item: T) => Promise<Answer>,
  ): Promise<Answer[]> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const answers = items.flatMap((item, i) => {
      const member = this.#members[i];
      return member === undefined ? [] : this.#answer(member, question(member.replica, item));
    });
    const all = Promise.all(answers);
    // Whoever asked may have failed meanwhile, and nobody wait.
    all.catch(() => {});
    return all;
  }

  async #answer<Answer>({ name }: Member, answer: Promise<Answer>): Promise<Answer> {
    try {
      return await answer;
    } catch (cause) {
      throw this.#fail(`${name} failed: ${messageOf(cause)}`, cause);
    }
  }

  /** Waits, and holds a Node process open meanwhile, but not for ever. */
  async wait<T>(what: string, answers: Promise<T>): Promise<T> {
    const late = `a worker failed: no ${what} within ${this.#timeout / 1000} s`;
    const timer = setTimeout(() => this.#fail(late), this.#timeout);
    try {
      return await answers;
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    this.#failure ??= new TapeheadError('worker', 'pool: expected an open one, got one that was closed');
    await this.#end(this.#failure);
  }

  /** @returns the first failure, whichever this is */
  #fail(message: string, cause?: unknown): TapeheadError {
    if (this.#failure === undefined) {
      this.#failure = new TapeheadError('worker', `pool: ${message}`, { cause });
      void this.#end(this.#failure);
    }
    return this.#failure;
  }

  async #end(error: TapeheadError): Promise<void> {
    for (const { replica } of this.#members) replica.$close(error);
    await Promise.all(this.#members.map(({ channel }) => channel.terminate()));
  }
}
