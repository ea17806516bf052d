/** The weight file of a graph: first planned, so that the graph can point into it, then streamed from the GGUF file. */
import type { FileHandle } from 'node:fs/promises';
import type { StoredTensor } from '../../../models/gguf/format.ts';
import { ggmlTypes } from '../../../models/gguf/ggml-types.ts';
import { WeightFiles } from '../../../models/quantization/weight-conversion.ts';
import { type BlockFormat, blockFormat } from './block-repacking.ts';

/** A range of bytes of the file. */
export interface Region {
  offset: number;
  length: number;
}

/** Where the weights of a tensor go: unchanged, or split into integers and scales. */
export type Placement = { values: Region } | { format: BlockFormat; integers: Region; scales: Region };

/** One page, since ONNX Runtime maps the file into memory. */
const alignment = 4096;
const pieceBytes = 1 << 20;

export class DataFilePlan {
  readonly #placed = new Map<string, { tensor: StoredTensor; placement: Placement }>();
  /** Size of the whole file. */
  bytes = 0;

  /** Reserves room for a tensor; one that is used twice is stored once. */
  place(tensor: StoredTensor): Placement {
    const earlier = this.#placed.get(tensor.name);
    if (earlier !== undefined) return earlier.placement;
    const placement = this.#placement(tensor);
    this.#placed.set(tensor.name, { tensor, placement });
    return placement;
  }

  #placement(tensor: StoredTensor): Placement {
    const format = blockFormat(tensor.type);
    if (format === undefined) return { values: this.#region(tensor.bytes) };
    return {
      format,
      integers: this.#region((tensor.elements * format.bits) / 8),
      scales: this.#region((tensor.elements / format.blockElements) * Float32Array.BYTES_PER_ELEMENT),
    };
  }

  #region(length: number): Region {
    const offset = this.bytes;
    this.bytes = Math.ceil((offset + length) / alignment) * alignment;
    return { offset, length };
  }

  /** Writes the file; needs a few megabytes of memory for a model of any size. @param progress from 0 to 1 */
  async write(target: FileHandle, progress: (fraction: number) => void): Promise<void> {
    await using files = new WeightFiles();
    const total = [...this.#placed.values()].reduce((sum, { tensor }) => sum + tensor.bytes, 0);
    let done = 0;
    for (const { tensor, placement } of this.#placed.values()) {
      for await (const { piece, at } of piecesOf(files, tensor)) {
        if ('values' in placement) {
          await writeAt(target, piece, placement.values.offset + at);
        } else {
          const { format, integers, scales } = placement;
          const before = elementsIn(at, tensor);
          const repacked = format.repack(piece);
          const scalesBefore = (before / format.blockElements) * Float32Array.BYTES_PER_ELEMENT;
          await writeAt(target, repacked.integers, integers.offset + (before * format.bits) / 8);
          await writeAt(target, new Uint8Array(repacked.scales.buffer), scales.offset + scalesBefore);
        }
        done += piece.length;
        progress(done / total);
      }
    }
    await target.truncate(this.bytes);
  }
}

function elementsIn(bytes: number, { type }: StoredTensor): number {
  return (bytes / ggmlTypes[type].blockBytes) * ggmlTypes[type].blockElements;
}

async function* piecesOf(files: WeightFiles, tensor: StoredTensor): AsyncIterable<{ piece: Uint8Array; at: number }> {
  const { blockBytes } = ggmlTypes[tensor.type];
  const step = Math.floor(pieceBytes / blockBytes) * blockBytes;
  for (let at = 0; at < tensor.bytes; at += step) {
    const piece = new Uint8Array(Math.min(step, tensor.bytes - at));
    await files.read(tensor, tensor.offset + at, piece);
    yield { piece, at };
  }
}

async function writeAt(target: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await target.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
