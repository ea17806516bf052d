/** What carries messages between harness and engine process. */

import type { ChildProcess } from 'node:child_process';
import type { EngineRequest } from '../frameworks/messages.ts';
import type { EngineFailure } from './engine-failure.ts';

export interface Channel {
  /** 0 when the process did not start. */
  readonly pid: number;
  send(request: EngineRequest): void;
  kill(): void;
  /** Tells the process that no request will follow; it ends by itself. */
  disconnect(): void;
  /** The end of what the process printed. */
  printed(): string;
}

export interface ChannelEvents {
  /** Not yet checked: a line that is no JSON arrives as text. */
  message(raw: unknown): void;
  /** Once, when the process is gone or never came. */
  ended(failure: EngineFailure): void;
}

const keptBytes = 8192;

/** Keeps the end of what comes out of the streams. */
export function tailOf(...streams: Array<ChildProcess['stderr']>): () => string {
  let kept = '';
  for (const stream of streams) {
    stream?.on('data', (chunk: Buffer) => {
      kept = (kept + chunk.toString('utf8')).slice(-keptBytes);
    });
  }
  return () => kept;
}

/** What a dying process printed may arrive after the news of its death. */
const lastWordsMs = 50;

/** Tells once how the process ended. Not on 'close', which waits for pipes that a grandchild may hold open. */
export function onEnd(
  child: ChildProcess,
  tell: {
    exit: (exit: { code: number | null; signal: NodeJS.Signals | null }) => void;
    error: (error: Error) => void;
  },
): void {
  child.once('exit', (code, signal) => setTimeout(() => tell.exit({ code, signal }), lastWordsMs));
  child.once('error', tell.error);
}

/** Variables that every engine process is started with: it reports to nobody. docs/privacy.md says what leaves the machine. */
export const quietEnvironment: Readonly<Record<string, string>> = {
  // A common wish: https://consoledonottrack.com
  DO_NOT_TRACK: '1',
};
