/** Rows of logits in a file, as an engine's `score` writes them: float32, little-endian, row after row. */
import { open } from 'node:fs/promises';
import type { Scored } from '../../frameworks/framework.ts';

export interface LogitRows extends AsyncDisposable {
  /** Logits of a row: the size of the vocabulary. */
  readonly columns: number;
  /** One row at a time, so that a long answer over a large vocabulary needs no memory to speak of. */
  read(row: number): Promise<Float32Array>;
}

/** @throws RangeError when the file is shorter than the engine said */
export async function openLogitRows(path: string, { rows, columns }: Scored): Promise<LogitRows> {
  const file = await open(path);
  const bytesPerRow = columns * Float32Array.BYTES_PER_ELEMENT;
  const { size } = await file.stat();
  if (size < rows * bytesPerRow) {
    await file.close();
    throw new RangeError(`${rows} rows of ${columns} logits were promised, and the file has ${size} bytes`);
  }
  return {
    columns,
    async read(row) {
      const logits = new Float32Array(columns);
      await file.read(new Uint8Array(logits.buffer), 0, bytesPerRow, row * bytesPerRow);
      return logits;
    },
    [Symbol.asyncDispose]: () => file.close(),
  };
}
