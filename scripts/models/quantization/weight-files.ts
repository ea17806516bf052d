/** Files of weights, each opened when it is first read: a model may lie in several. */
import { type FileHandle, open } from 'node:fs/promises';
import { UserError } from '../../command-line/errors.ts';

export class WeightFiles implements AsyncDisposable {
  readonly #files = new Map<string, FileHandle>();

  /**
   * Fills `bytes`.
   * @param position in the file
   * @throws UserError when the file ends before
   */
  async read({ path, name }: { path: string; name: string }, position: number, bytes: Uint8Array): Promise<void> {
    let file = this.#files.get(path);
    if (file === undefined) {
      file = await open(path, 'r');
      this.#files.set(path, file);
    }
    for (let done = 0; done < bytes.length; ) {
      const { bytesRead } = await file.read(bytes, done, bytes.length - done, position + done);
      if (bytesRead === 0) throw new UserError(`${path} became shorter while ${name} was read`);
      done += bytesRead;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const file of this.#files.values()) await file.close();
  }
}
