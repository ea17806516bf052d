/**
 * Serves the page of an engine, on the loopback interface only: its code, and the files that its framework named. Pages
 * from here are isolated from other origins, which gives them a clock of 5 instead of 100 microseconds.
 */
import { createReadStream, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { oneLine } from '../../command-line/errors.ts';
import { isPlainName } from '../../command-line/files/folders.ts';
import { EngineFailure } from '../engine-failure.ts';

const isolation = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cache-control': 'no-store',
};

const mediaTypes: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

export class PageServer implements AsyncDisposable {
  readonly #server: Server;
  /** Made in memory, by path. */
  readonly #made: ReadonlyMap<string, string>;
  /** Files of this machine: a path that ends with a slash stands for a folder. */
  #files: ReadonlyArray<[path: string, file: string]> = [];

  private constructor(made: ReadonlyMap<string, string>) {
    this.#made = made;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  /**
   * @param port 0: any that is free
   * @throws EngineFailure when the port is taken
   */
  static async start(made: ReadonlyMap<string, string>, port = 0): Promise<PageServer> {
    const started = new PageServer(made);
    await new Promise<void>((resolve, reject) => {
      started.#server.once('error', (error) =>
        reject(
          new EngineFailure(
            `the page cannot be served on port ${port}: ${oneLine(error)}`,
            'Choose another one with --page-port.',
            '',
          ),
        ),
      );
      started.#server.listen(port, '127.0.0.1', resolve);
    });
    return started;
  }

  /** `localhost` counts as secure wherever the browser runs; without that there is no WebGPU. */
  get url(): string {
    const address = this.#server.address();
    return `http://localhost:${typeof address === 'object' ? address?.port : address}/`;
  }

  /** From now on these, and no others. */
  serve(files: Readonly<Record<string, string>>): void {
    this.#files = Object.entries(files);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = decoded(new URL(request.url ?? '/', 'http://localhost').pathname);
    const headers = {
      ...isolation,
      'content-type': mediaTypes[extname(path) || '.html'] ?? 'application/octet-stream',
    };
    const made = this.#made.get(path);
    if (made !== undefined) {
      response.writeHead(200, headers).end(made);
      return;
    }
    const file = this.#fileOf(path);
    const size = file === undefined ? undefined : sizeOf(file);
    if (file === undefined || size === undefined) {
      response.writeHead(404, isolation).end();
      return;
    }
    response.writeHead(200, { ...headers, 'content-length': size });
    // The browser reports a page that goes away in the middle.
    await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), response).catch(() => response.destroy());
  }

  #fileOf(path: string): string | undefined {
    for (const [served, file] of this.#files) {
      if (served === path) return file;
      const below = path.slice(served.length);
      if (served.endsWith('/') && path.startsWith(served) && below.split('/').every(isPlainName))
        return join(file, below);
    }
    return undefined;
  }
}

/** Empty for an invalid path, which matches no file. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return '';
  }
}

function sizeOf(file: string): number | undefined {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat?.isFile() ? stat.size : undefined;
}
