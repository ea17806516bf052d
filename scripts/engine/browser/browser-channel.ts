/** An engine in a page: requests are calls into it, answers calls of a binding, both over the browser's debugging protocol. */
import { oneLine } from '../../command-line/errors.ts';
import { type Channel, type ChannelEvents, onEnd, tailOf } from '../channel.ts';
import { describeExit, EngineFailure } from '../engine-failure.ts';
import type { BrowserPage } from './browser-page.ts';
import { killTree } from './open-browser.ts';

/** No process of this machine's: a browser on a phone has its memory there. */
const elsewhere = -1;
const keptLines = 40;

export function openBrowserChannel(title: string, opened: BrowserPage, events: ChannelEvents): Channel {
  const { browser, process, cleaned, page, session, server } = opened;
  const said: string[] = [];
  const keep = (line: string) => {
    said.push(line);
    if (said.length > keptLines) said.shift();
  };
  const stderrTail = tailOf(process?.stderr ?? null);
  const printed = () => [stderrTail(), ...said].filter((part) => part !== '').join('\n');
  let closing = false;
  let over = false;
  const end = (failure: EngineFailure) => {
    if (over) return;
    over = true;
    void server[Symbol.asyncDispose]();
    events.ended(failure);
  };

  page.on('console', (message) => keep(message.text()));
  page.on('pageerror', (error) => keep(oneLine(error)));
  page.once('error', () => end(crashed(title, printed())));
  page.once('close', () => {
    if (!closing) end(closed(title, printed()));
  });
  session.on('Runtime.bindingCalled', ({ payload }) => events.message(JSON.parse(payload)));
  if (process === null) browser.once('disconnected', () => end(closed(title, printed())));
  else {
    onEnd(process, {
      exit: (exit) => void cleaned.then(() => end(describeExit(title, exit, printed()))),
      error: (error) => end(new EngineFailure(`the ${title} engine: ${oneLine(error)}`, 'Run it again.', printed())),
    });
  }

  /** A browser of somebody else's goes on without this page. */
  const leave = () =>
    void page
      .close()
      .catch(() => {})
      .finally(() => browser.disconnect());

  return {
    pid: process?.pid ?? elsewhere,
    send(request) {
      session.send('Runtime.evaluate', { expression: `tokenlapReceive(${JSON.stringify(request)})` }).then(
        ({ exceptionDetails }) => {
          if (exceptionDetails !== undefined) events.message(exceptionDetails.exception?.description);
        },
        // The page is going; its end is told by an event.
        () => {},
      );
    },
    kill() {
      closing = true;
      if (process === null) leave();
      else killTree(process);
    },
    disconnect() {
      closing = true;
      if (process === null) leave();
      else void browser.close().catch(() => {});
    },
    printed,
  };
}

function crashed(title: string, printed: string): EngineFailure {
  return new EngineFailure(
    `the page of the ${title} engine crashed`,
    'Most often its memory ran out: choose a smaller model, --quantize or --context.',
    printed,
  );
}

function closed(title: string, printed: string): EngineFailure {
  return new EngineFailure(
    `the page of the ${title} engine was closed`,
    'Leave its window open until the run has ended.',
    printed,
  );
}
