/** The formats that weights are written in, and which numbers each of them can hold. */
import { UserError } from '../../command-line/errors.ts';
import type { GgmlTypeName } from '../gguf/ggml-types.ts';
import { quantizeQ4_0, quantizeQ8_0 } from './block-quantization.ts';
import { float32ToBfloat16, float32ToFloat16 } from './half-precision.ts';

export const encodedTypes = ['f32', 'f16', 'bf16', 'q8_0', 'q4_0'] as const satisfies readonly GgmlTypeName[];
export type EncodedType = (typeof encodedTypes)[number];

export function isEncodedType(type: string): type is EncodedType {
  return encodedTypes.some((known) => known === type);
}

/** @returns a function that writes weights into bytes of the right length and returns them, or bytes of its own */
export function encoderOf(type: EncodedType): (weights: Float32Array, bytes: Uint8Array) => Uint8Array {
  switch (type) {
    case 'f32':
      return (weights) => new Uint8Array(weights.buffer, weights.byteOffset, weights.byteLength);
    case 'f16':
      return (weights, bytes) => halves(weights, bytes, float32ToFloat16);
    case 'bf16':
      return (weights, bytes) => halves(weights, bytes, float32ToBfloat16);
    case 'q8_0':
      return quantizeQ8_0;
    case 'q4_0':
      return quantizeQ4_0;
    default:
      return type satisfies never;
  }
}

function halves(weights: Float32Array, bytes: Uint8Array, encode: (weight: number) => number): Uint8Array {
  const words = new Uint16Array(bytes.buffer, bytes.byteOffset, weights.length);
  for (let i = 0; i < weights.length; i++) words[i] = encode(weights[i] ?? 0);
  return bytes;
}

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

/** Numbers that a format cannot hold would become infinite in it, and the model another one. Looks at a tensor piece by piece before it is encoded. */
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
