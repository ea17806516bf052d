/** The part of a download that has arrived: `<file>.part`, and beside it of which version of which file it is a part. */
import { readFileSync, statSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { z } from 'zod';
import { cacheError } from '../model-cache.ts';
import { replaceFile } from '../new-file.ts';

const stateSchema = z.object({
  url: z.string(),
  /** The hub's name for this version of the content; null where it gives none. */
  version: z.string().nullable(),
  /** Of the server that sends the bytes: it is asked to go on only if the content is still this one. */
  etag: z.string().nullable(),
});
type State = z.infer<typeof stateSchema>;

export class PartialFile {
  readonly path: string;
  readonly #statePath: string;
  #state: State;
  #doneBytes: number;

  /** Takes up what an earlier run left, if it is of the same version. */
  constructor(target: string, url: string, version: string | undefined) {
    this.path = `${target}.part`;
    this.#statePath = `${this.path}.json`;
    this.#state = { url, version: version ?? null, etag: null };
    this.#doneBytes = 0;
    const earlier = this.#readState();
    if (earlier === undefined || earlier.version !== this.#state.version) return;
    const sameServer = earlier.url === url;
    // A mirror may go on where another one stopped, provided that the version is known.
    if (earlier.version === null && (!sameServer || earlier.etag === null)) return;
    this.#state = { ...this.#state, etag: sameServer ? earlier.etag : null };
    this.#doneBytes = statSync(this.path, { throwIfNoEntry: false })?.size ?? 0;
  }

  get doneBytes(): number {
    return this.#doneBytes;
  }

  get etag(): string | undefined {
    return this.#state.etag ?? undefined;
  }

  /** Whether more of the same content can be asked for, and told from other content. */
  get resumable(): boolean {
    return this.#state.etag !== null || this.#state.version !== null;
  }

  /** Notes from which content the following bytes come. */
  async begin(etag: string | undefined): Promise<void> {
    this.#state = { ...this.#state, etag: etag ?? null };
    try {
      await replaceFile(this.#statePath, JSON.stringify(this.#state));
    } catch (error) {
      throw cacheError(error, this.#statePath, 'Writing');
    }
  }

  /** Forgets what has arrived. */
  async restart(): Promise<void> {
    this.#doneBytes = 0;
    await rm(this.path, { force: true }).catch((error: unknown) => {
      throw cacheError(error, this.path, 'Writing');
    });
  }

  /** @throws UserError when the disk refuses, never for the sender's faults */
  async append(pieces: AsyncIterable<Uint8Array>, progress: (doneBytes: number) => void): Promise<void> {
    const file = await open(this.path, this.#doneBytes === 0 ? 'w' : 'r+').catch((error: unknown) => {
      throw cacheError(error, this.path, 'Writing');
    });
    try {
      for await (const piece of pieces) {
        for (let done = 0; done < piece.length; ) {
          const { bytesWritten } = await file
            .write(piece, done, piece.length - done, this.#doneBytes)
            .catch((error: unknown) => {
              throw cacheError(error, this.path, 'Writing');
            });
          done += bytesWritten;
          this.#doneBytes += bytesWritten;
        }
        progress(this.#doneBytes);
      }
    } finally {
      await file.close();
    }
  }

  async removeState(): Promise<void> {
    await rm(this.#statePath, { force: true });
  }

  /** What has arrived is of no use. */
  async discard(): Promise<void> {
    await this.restart();
    await this.removeState();
  }

  #readState(): State | undefined {
    try {
      return stateSchema.safeParse(JSON.parse(readFileSync(this.#statePath, 'utf8'))).data;
    } catch {
      return undefined;
    }
  }
}
