/** Numbers that a format cannot hold would become infinite in it, and the model another one. */
import { UserError } from '../../command-line/errors.ts';
import type { EncodedType } from './weight-conversion.ts';

/** The greatest number that rounds to a half, and is not infinite yet. */
const halfLimit = 65_520;
/** Least magnitude that does not fit; scales of blocks are halves of max / 127 and max / 8. */
const limits: Readonly<Record<EncodedType, number>> = {
  f32: Number.POSITIVE_INFINITY,
  bf16: 2 ** 128 - 2 ** 119,
  f16: halfLimit,
  q8_0: 127 * halfLimit,
  q4_0: 8 * halfLimit,
};

/** Looks at a tensor piece by piece before it is encoded. */
export class FiniteWeights {
  readonly #name: string;
  readonly #type: EncodedType;
  #tooLarge = 0;
  #notFinite = 0;
  #largest = 0;

  constructor(name: string, type: EncodedType) {
    this.#name = name;
    this.#type = type;
  }

  look(weights: Float32Array): void {
    const limit = limits[this.#type];
    for (let i = 0; i < weights.length; i++) {
      const magnitude = Math.abs(weights[i] ?? 0);
      // NaN compares as false.
      if (magnitude < limit) continue;
      if (Number.isFinite(magnitude)) {
        this.#tooLarge++;
        this.#largest = Math.max(this.#largest, magnitude);
      } else this.#notFinite++;
    }
  }

  /** @throws UserError with the name of the tensor and how many of its numbers are lost */
  requireAll(): void {
    if (this.#notFinite > 0) {
      throw new UserError(`${this.#name} has ${counted(this.#notFinite)} infinite or no numbers at all`, {
        remedy: 'The weights are damaged, or were overflown by whoever made them: fetch them again.',
      });
    }
    if (this.#tooLarge > 0) {
      const largest = this.#largest.toPrecision(3);
      throw new UserError(
        `${this.#name} has ${counted(this.#tooLarge)} beyond what ${this.#type} holds, up to ${largest}`,
        { remedy: 'f32 and bf16 hold them: make the file in one of these (--to bf16).' },
      );
    }
  }
}

function counted(values: number): string {
  return values === 1 ? '1 value that is' : `${values} values that are`;
}
