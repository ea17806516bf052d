/** What a family of models is: a template from which a shape of any size is made. */
import type { ArchitectureName } from '../architectures.ts';
import type { ModelShape } from '../model-shape.ts';

export interface Family {
  /** For --algorithm. */
  readonly name: string;
  readonly title: string;
  /** The kind that it is counted to; several families may be of one. */
  readonly kind: FamilyKind;
  /** What its files call themselves. */
  readonly architecture: ArchitectureName;
  /** What sets it apart, for people. */
  readonly traits: string;
  /** Tokens of the vocabulary of its real models; small shapes get fewer. */
  readonly vocabulary: number;
  /** Width of the residual stream divided by the number of layers, as its real models have it. */
  readonly widthPerLayer: number;
  shapeOf(size: TemplateSize): ModelShape;
}

export const familyKinds = [
  ...(['Llama', 'Mistral', 'Qwen', 'Gemma', 'Phi', 'GPT-2', 'GPT-NeoX', 'Falcon'] as const),
  ...(['mixture of experts', 'state space', 'encoder'] as const),
] as const;
type FamilyKind = (typeof familyKinds)[number];

interface TemplateSize {
  /** A multiple of 64. */
  width: number;
  layers: number;
  vocabulary: number;
}

/** Heads as models of that width have them: 32 wide in toys, 64 in small models, 128 in large ones. */
export function headsOf(width: number): Pick<ModelShape, 'heads' | 'keyValueHeads' | 'headDimension'> {
  const headDimension = width >= 2048 && width % 128 === 0 ? 128 : width >= 512 ? 64 : 32;
  const heads = width / headDimension;
  return { heads, keyValueHeads: heads, headDimension };
}

/** The same with four heads, where they can be divided so, to a head of keys and values. */
export function groupedHeadsOf(width: number): ReturnType<typeof headsOf> {
  const all = headsOf(width);
  const group = all.heads % 4 === 0 ? 4 : all.heads % 2 === 0 ? 2 : 1;
  return { ...all, keyValueHeads: all.heads / group };
}

/** Whole blocks of the 32 weights of which quantised formats are made. */
export function wholeBlocks(width: number): number {
  return Math.max(32, Math.round(width / 32) * 32);
}
