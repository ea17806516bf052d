/** The rows of logits that an engine's `score` wrote, visited in order: read in blocks, so that small rows cost no call each. */
import { open } from 'node:fs/promises';
import type { Scored } from '../../frameworks/framework.ts';

const blockBytes = 4e6;

/**
 * @param count of the first rows; the last row of a score, which predicts what follows the text, is of no use here
 * @throws RangeError when the file has fewer
 */
export async function visitRows(
  path: string,
  { columns }: Scored,
  count: number,
  visit: (row: Float32Array, index: number) => void,
): Promise<void> {
  await using file = await open(path);
  const bytesPerRow = columns * Float32Array.BYTES_PER_ELEMENT;
  const rowsPerBlock = Math.max(1, Math.min(count, Math.floor(blockBytes / bytesPerRow)));
  const block = new Float32Array(rowsPerBlock * columns);
  const target = new Uint8Array(block.buffer);
  for (let first = 0; first < count; first += rowsPerBlock) {
    const rows = Math.min(rowsPerBlock, count - first);
    const { bytesRead } = await file.read(target, 0, rows * bytesPerRow, first * bytesPerRow);
    if (bytesRead < rows * bytesPerRow) {
      throw new RangeError(
        `${count} rows of ${columns} logits were promised, and the file ends in row ${first + Math.floor(bytesRead / bytesPerRow)}`,
      );
    }
    for (let i = 0; i < rows; i++) visit(block.subarray(i * columns, (i + 1) * columns), first + i);
  }
}
