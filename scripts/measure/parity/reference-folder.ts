/** Where the reference's logits wait for those that are held against them. Gone when the work ends, however it ends. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exitCodes, fileError, UserError } from '../../command-line/errors.ts';
import { bytes } from '../../command-line/format.ts';
import { type FreeBytes, freeBytesOf } from '../../models/model-cache.ts';

/** Left to others: a full temporary folder stops more than this program. */
const spareBytes = 256e6;

export class ReferenceFolder implements Disposable {
  readonly path: string;
  readonly #freeBytes: FreeBytes;
  /** A second Ctrl-C ends the process at once, and with it goes the folder. */
  readonly #remove = () => rmSync(this.path, { recursive: true, force: true });

  /** @throws UserError when the system's folder for temporary files cannot be written */
  constructor(freeBytes: FreeBytes = freeBytesOf) {
    this.#freeBytes = freeBytes;
    const prefix = join(tmpdir(), 'tokenlap-parity-');
    try {
      this.path = mkdtempSync(prefix);
    } catch (error) {
      throw fileError(error, prefix, 'making the temporary folder');
    }
    process.once('exit', this.#remove);
  }

  file(name: string): string {
    return join(this.path, `${name}.f32`);
  }

  /**
   * @param files of `rows` rows each
   * @throws UserError when they might not fit
   */
  requireSpace(files: number, rows: number, columns: number): void {
    this.requireBytes(
      files * rows * columns * Float32Array.BYTES_PER_ELEMENT,
      "the reference's logits",
      'Ask less with --parity-questions or --max-tokens, or choose another disk with TMPDIR=DIR.',
    );
  }

  /**
   * @param of what they are
   * @throws UserError when they might not fit
   */
  requireBytes(needed: number, of: string, remedy: string): void {
    const free = this.#freeBytes(this.path);
    if (free >= needed + spareBytes) return;
    throw new UserError(`${of} may take ${bytes(needed)} in ${tmpdir()}, and its disk has ${bytes(free)} left`, {
      exitCode: exitCodes.missing,
      remedy,
    });
  }

  [Symbol.dispose](): void {
    process.off('exit', this.#remove);
    this.#remove();
  }
}
