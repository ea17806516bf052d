/**
 * Serves the dashboard on the loopback interface, and makes it again when a run has ended: collates what is new and tells the pages
 * that are open, which load themselves again where they stand. Nothing happens while nothing is written.
 */
import { existsSync, statSync, watch } from 'node:fs';
import { open } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { collateAll } from '../../collate/incremental/collate-all.ts';
import { oneLine, UserError } from '../../scripts/command-line/errors.ts';
import { interruptSignal } from '../../scripts/command-line/interrupt.ts';
import { say } from '../../scripts/command-line/terminal.ts';
import { runsTable } from '../../scripts/results/runs/runs.ts';
import { buildDashboard } from './build.ts';

const host = '127.0.0.1';
/** Behind the end of a log, so that one of several that end together brings the others. */
const settleMs = 1000;

export interface Watching {
  readonly url: string;
  /** Resolves when it was stopped. */
  readonly ended: Promise<void>;
}

/**
 * @param port a free one where it is 0
 * @param signal ends it; Ctrl-C where it is absent
 * @throws UserError where there is nothing to show, or the port is taken
 */
export async function watchResults(
  output: string,
  port: number,
  signal = interruptSignal('The dashboard is served no longer.'),
): Promise<Watching> {
  await collateAll({ output });
  let page = (await buildDashboard(output, { watched: true })).html;
  let state = tableState(output);
  const listeners = new Set<ServerResponse>();
  const server = createServer((request, response) => answer(request, response, page, listeners));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(
        new UserError(`port ${port} cannot be used: ${oneLine(error)}`, { remedy: 'Name another one with --port.' }),
      ),
    );
    server.listen(port, host, resolve);
  });
  const refresh = async () => {
    try {
      await collateAll({ output });
      const now = tableState(output);
      if (now === state) return;
      page = (await buildDashboard(output, { watched: true })).html;
      state = now;
      for (const listener of listeners) listener.write('event: runs\ndata: new\n\n');
    } catch (error) {
      // What stands in the way now, another collation for instance, may be gone with the next run.
      say(`not refreshed: ${oneLine(error)}`);
    }
  };
  const raw = watchEnds(join(output, 'raw'), refresh);
  const ended = new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => {
      raw.close();
      for (const listener of listeners) listener.end();
      server.close(() => resolve());
      server.closeAllConnections();
    });
  });
  const address = server.address();
  const opened = typeof address === 'object' && address !== null ? address.port : port;
  return { url: `http://${host}:${opened}/`, ended };
}

function answer(
  { url, method, headers }: IncomingMessage,
  response: ServerResponse,
  page: string,
  listeners: Set<ServerResponse>,
): void {
  // A name that leads here from elsewhere is a page of somebody else, who asks for what it must not read.
  const [name] = (headers.host ?? '').split(':');
  if (name !== host && name !== 'localhost') {
    response.writeHead(403).end();
  } else if (method !== 'GET') {
    response.writeHead(405, { allow: 'GET' }).end();
  } else if (url === '/') {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }).end(page);
  } else if (url === '/events') {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' }).write(': here\n\n');
    listeners.add(response);
    response.on('close', () => listeners.delete(response));
  } else {
    response.writeHead(url === '/favicon.ico' ? 204 : 404).end();
  }
}

/** Calls back when a log below the folder was closed: its last line says how the run ended. */
function watchEnds(folder: string, onEnd: () => Promise<void>): { close: () => void } {
  let timer: NodeJS.Timeout | undefined;
  let working = Promise.resolve();
  const watcher = watch(folder, { recursive: true }, async (_, name) => {
    if (name === null || !name.endsWith('.txt') || !(await isClosed(join(folder, name)))) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      working = working.then(onEnd);
    }, settleMs);
  });
  return {
    close: () => {
      clearTimeout(timer);
      watcher.close();
    },
  };
}

const tailBytes = 65_536;

async function isClosed(path: string): Promise<boolean> {
  try {
    await using file = await open(path);
    const { size } = await file.stat();
    const { buffer, bytesRead } = await file.read(Buffer.alloc(tailBytes), 0, tailBytes, Math.max(0, size - tailBytes));
    const last = buffer.subarray(0, bytesRead).toString('utf8').trimEnd().split('\n').at(-1) ?? '';
    const record: unknown = JSON.parse(last);
    return typeof record === 'object' && record !== null && 'type' in record && record.type === 'end';
  } catch {
    // Gone again, or a line that is not whole yet.
    return false;
  }
}

/** Another one once the table of runs was written. */
function tableState(output: string): string {
  const path = join(output, runsTable.file);
  if (!existsSync(path)) return 'none';
  const { mtimeMs, size } = statSync(path);
  return `${mtimeMs} ${size}`;
}
