import { TapeheadError } from '@tapehead/core';
import type { ChannelOptions } from 'birpc';

/** What of `Worker` of `node:worker_threads` is used. */
export interface NodeWorker {
  /** To the worker. */
  postMessage(message: unknown): void;
  /** Ends it. */
  terminate(): Promise<number>;
  /** From the worker, and of its end. */
  on(event: 'message' | 'error' | 'messageerror' | 'exit', listener: (value: unknown) => void): unknown;
  /** Lets the process end before it does. */
  unref(): void;
}

/** What of the `Worker` of a page is used. */
export interface PageWorker {
  /** To the worker. */
  postMessage(message: unknown): void;
  /** Ends it. */
  terminate(): void;
  /** From the worker, and of its failures. */
  addEventListener(
    event: 'message' | 'error' | 'messageerror',
    listener: (event: { data?: unknown; message?: unknown }) => void,
  ): void;
}

/** A way to a worker, the same for Node and pages. */
export interface WorkerChannel extends Pick<ChannelOptions, 'post' | 'on'> {
  /** Calls back with the reason when the worker can answer no more. */
  onLost(lost: (why: string) => void): void;
  terminate(): Promise<void>;
}

/** In Node, the worker does not keep the process from ending. */
export function channelTo(worker: NodeWorker | PageWorker): WorkerChannel {
  return 'on' in worker ? nodeChannel(worker) : pageChannel(worker);
}

function nodeChannel(worker: NodeWorker): WorkerChannel {
  worker.unref();
  return {
    post: (message) => worker.postMessage(message),
    on(receive) {
      worker.on('message', receive);
    },
    onLost(lost) {
      worker.on('error', (error) => lost(messageOf(error)));
      worker.on('messageerror', (error) => lost(messageOf(error)));
      worker.on('exit', (code) => lost(`it ended with code ${code}`));
    },
    async terminate() {
      await worker.terminate();
    },
  };
}

function pageChannel(worker: PageWorker): WorkerChannel {
  return {
    post: (message) => worker.postMessage(message),
    on(receive) {
      worker.addEventListener('message', ({ data }) => receive(data));
    },
    onLost(lost) {
      const unknown = 'its script could not be loaded or threw an error';
      worker.addEventListener('error', ({ message }) => lost(message ? String(message) : unknown));
      worker.addEventListener('messageerror', () => lost('its answer could not be read'));
    },
    terminate: async () => worker.terminate(),
  };
}

/** The way from a worker back to the thread that made it. @throws TapeheadError `argument` outside of workers */
export function channelToParent(): Pick<ChannelOptions, 'post' | 'on'> {
  const port = globalThis.process?.getBuiltinModule?.('node:worker_threads').parentPort;
  if (port) {
    return {
      post: (message) => port.postMessage(message),
      on(receive) {
        port.on('message', receive);
      },
    };
  }
  if (!('importScripts' in globalThis)) {
    throw new TapeheadError(
      'argument',
      'serve: expected to be called in a worker, got called outside of one',
    );
  }
  return {
    post: (message) => globalThis.postMessage(message),
    on(receive) {
      globalThis.addEventListener('message', ({ data }) => receive(data));
    },
  };
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
