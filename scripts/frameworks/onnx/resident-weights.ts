/** Counts how weights will lie in memory, which is not always how the file has them. */
import type { GgufTensor } from '../../models/gguf/format.ts';
import type { ResidentWeights } from '../framework.ts';

export class ResidentCount {
  readonly #bytesOf = new Map<string, number>();
  #bytesPerToken = 0;
  readonly #formats = new Set<string>();

  /**
   * A constant in use: once in memory however often it is used.
   * @param bytesPerToken of it that one use at one token reads
   * @param format of a matrix
   */
  add(constant: string, bytes: number, bytesPerToken: number, format?: string): void {
    this.#bytesOf.set(constant, bytes);
    this.#bytesPerToken += bytesPerToken;
    if (format !== undefined) this.#formats.add(format);
  }

  /** Of all weights; a table that is the output matrix too may lie there twice. */
  get bytes(): number {
    return [...this.#bytesOf.values()].reduce((sum, bytes) => sum + bytes, 0);
  }

  /** @returns undefined where the weights lie as the file has them */
  resident(tensors: readonly GgufTensor[]): ResidentWeights | undefined {
    const storedBytes = tensors.reduce((sum, { bytes }) => sum + bytes, 0);
    const parameters = tensors.reduce((sum, { elements }) => sum + elements, 0);
    if (this.bytes === storedBytes) return undefined;
    return {
      format: [...this.#formats].join(' and '),
      bitsPerWeight: (this.bytes * 8) / parameters,
      bytesPerToken: Math.round(this.#bytesPerToken),
    };
  }
}
