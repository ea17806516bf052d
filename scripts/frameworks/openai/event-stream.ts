/**
 * The events of an answer. An arrival is told before anything of it is looked at, so that it can be stamped first and decoded
 * afterwards; all that comes with one read of the connection has come at one instant, in however many pieces it is handed over.
 */
import type { IncomingMessage } from 'node:http';
import { createParser, type ParseError } from 'eventsource-parser';
import { RequestFailure } from '../framework.ts';
import { errorIn, errorInStream, json, serverFailure } from './server-failure.ts';

export interface EventListener {
  /** Bytes have come. */
  arrived(): void;
  /** The data of one event; keep-alive comments and the mark of the end are left out. */
  event(data: string): Progress;
}

/**
 * How far an answer has come. `finished`: the server has said why it ended, and only counts and the mark of the end may follow.
 * `complete`: nothing more will come, even if the connection stays open.
 */
export type Progress = 'open' | 'finished' | 'complete';

/** What ended it: the mark of the end or the last message; the closing of the connection; a silence after finish_reason. */
export type StreamEnd = 'mark' | 'closed' | 'silence';

const longestEvent = 16 * 1024 * 1024;
/** How long counts and the mark of the end are waited for, once the answer has its finish_reason. */
const longestSilenceMs = 1000;
/** How long a connection whose answer is complete is kept for the end of the response, and with it for the next request. */
const lingerMs = 1000;

/**
 * Resolves as soon as the answer is complete; what the connection does after that is no part of it.
 * @throws RequestFailure when the stream ends before the answer does; the errors of the listener
 */
export function listenToEvents(response: IncomingMessage, listener: EventListener): Promise<StreamEnd> {
  return new Promise((resolve, reject) => {
    let progress: Progress = 'open';
    let over = false;
    let marked = false;
    let silence: NodeJS.Timeout | undefined;
    const text = new TextDecoder();
    const isNewRead = readsOf(response);

    const settle = (leave: () => void): void => {
      if (over) return;
      over = true;
      clearTimeout(silence);
      response.off('data', onData);
      leave();
    };
    const end = (how: StreamEnd) =>
      settle(() => {
        letGo(response);
        resolve(how);
      });
    const fail = (error: unknown) =>
      settle(() => {
        response.on('error', () => {});
        response.destroy();
        reject(error);
      });

    const parser = createParser({
      maxBufferSize: longestEvent,
      onEvent({ event, data }) {
        if (over || marked || progress === 'complete') return;
        if (event === 'error') throw errorInStream(data);
        if (/^\s*\[done\]\s*$/i.test(data)) marked = true;
        else if (data.trim() !== '') progress = listener.event(data);
      },
      onError: throwIfError,
    });
    const read = (chunk: string): void => {
      parser.feed(chunk);
      if (marked || progress === 'complete') end('mark');
    };
    const onData = (bytes: Buffer): void => {
      try {
        if (isNewRead()) listener.arrived();
        read(text.decode(bytes, { stream: true }));
      } catch (error) {
        fail(error);
      }
      clearTimeout(silence);
      if (progress === 'finished' && !over) silence = setTimeout(() => end('silence'), longestSilenceMs);
    };
    const onEnd = (): void => {
      if (over) return;
      // The last event may lack the empty line that ends it, and be whole all the same.
      try {
        read('\n\n');
      } catch (error) {
        const isHalf = error instanceof RequestFailure && error.kind === 'rubbish';
        if (!isHalf) fail(error);
      }
      onClose(endedEarly);
    };
    const onClose = (how: string): void => {
      if (over) return;
      if (progress === 'open') fail(serverFailure('broken_stream', how, 200));
      else end('closed');
    };
    response.on('data', onData);
    response.once('end', onEnd);
    response.once('error', (error) => (progress === 'open' ? fail(error) : end('closed')));
    response.once('close', () => onClose(lostInTheMiddle));
  });
}

const lostInTheMiddle = 'the connection was lost in the middle of the answer';
const endedEarly = 'the stream ended before its end';

/** Whether something was read from the connection since it was asked for the last time. */
function readsOf(response: IncomingMessage): () => boolean {
  const { socket } = response;
  let reads = 1;
  let told = 0;
  const count = () => void reads++;
  socket.prependListener('data', count);
  response.once('close', () => socket.off('data', count));
  return () => {
    const isNew = reads !== told;
    told = reads;
    return isNew;
  };
}

/** Discards the rest of the response. A server that does not end the response in time loses the connection. */
function letGo(response: IncomingMessage): void {
  response.on('error', () => {});
  const limit = setTimeout(() => response.destroy(), lingerMs);
  response.once('close', () => clearTimeout(limit));
  response.resume();
}

/** Some servers send errors under a name of their own, `error: {...}` (llama-server of 2025), or bare (Ollama). */
function throwIfError({ type, field, value, line }: ParseError): void {
  if (type === 'max-buffer-size-exceeded')
    throw serverFailure('rubbish', `an event is longer than ${longestEvent} bytes`);
  if (field === 'error') throw errorInStream(value ?? '');
  if (line !== undefined && errorIn(json(line)) !== undefined) throw errorInStream(line);
}
