/** Sizes of models: their names, their classes, and a shape of a family with about as many parameters as one asks for. */
import { usageError } from '../../command-line/errors.ts';
import type { Family } from './llama-families.ts';
import type { ModelShape } from './model-shape.ts';
import { parameterCountOfShape } from './shape-tensors.ts';

/**
 * The taxonomy of sizes, by parameter count alone: tiny below 100 M, small below 1 B, base below 3 B, large below 10 B,
 * xl below 30 B, xxl from there on. Thresholds follow what such models need: a cache of a processor, a phone, a small
 * laptop, an ordinary graphics card, a large one, several.
 */
const upperBounds = [
  ['tiny', 100e6],
  ['small', 1e9],
  ['base', 3e9],
  ['large', 10e9],
  ['xl', 30e9],
  ['xxl', Number.POSITIVE_INFINITY],
] as const;

export type SizeClass = (typeof upperBounds)[number][0];

export function sizeClassOf(parameters: number): SizeClass {
  for (const [name, below] of upperBounds) if (parameters < below) return name;
  return 'xxl';
}

const units = [
  ['B', 1e9],
  ['M', 1e6],
  ['k', 1e3],
] as const;

/** The parameter count of a size such as 1B, 0.5b, 135M or 850k; undefined for other names. */
export function parametersOfSize(size: string): number | undefined {
  const [, number, unit] = /^(\d+(?:\.\d+)?)([BMk])$/i.exec(size) ?? [];
  const scale = units.find(([name]) => name.toLowerCase() === unit?.toLowerCase())?.[1];
  return scale === undefined ? undefined : Number(number) * scale;
}

/** A size as people would name it, from the count alone: 1.2B, 135M, 850k. */
export function sizeName(parameters: number): string {
  for (const [unit, size] of units) {
    const value = parameters / size;
    if (value >= 1) return `${value >= 100 ? Math.round(value) : Number(value.toPrecision(2))}${unit}`;
  }
  return String(parameters);
}

/** Widths that divide into whole heads, and into an even number of them. */
const widths = [64, 128, 256, 384, ...steps(512, 2048, 256), ...steps(2560, 16_384, 512)];
/** llama.cpp, src/llama-hparams.h, LLAMA_MAX_LAYERS. */
const mostLayers = 512;
const fewestTokens = 512;
/** Largest share of the vocabulary's matrices in a model. Small models of the real world are mostly vocabulary, which is not useful here. */
const vocabularyShare = 0.25;
/** How far off the count may be where the proportions are better for it, and at all. */
const tolerance = 0.1;
const largestError = 0.3;

/** @throws UserError when so small a model of the family cannot be made */
export function shapeOfSize(family: Family, parameters: number): ModelShape {
  let best: Candidate | undefined;
  for (const width of widths) {
    const candidate = candidateOf(family, parameters, width);
    if (candidate !== undefined && (best === undefined || better(candidate, best))) best = candidate;
  }
  if (best !== undefined && best.error <= largestError) return best.shape;
  const smallest = parameterCountOfShape(family.architecture, shapeOf(family, 0, Math.min(...widths), 1));
  throw usageError(`no ${family.title} of ${parameters} parameters can be made`, `The smallest one has ${smallest}.`);
}

interface Candidate {
  shape: ModelShape;
  /** Distance from the count that is asked for, and from the family's proportions; 0 is none. */
  error: number;
  disproportion: number;
}

function candidateOf(family: Family, parameters: number, width: number): Candidate | undefined {
  const count = (layers: number) =>
    parameterCountOfShape(family.architecture, shapeOf(family, parameters, width, layers));
  const one = count(1);
  const perLayer = count(2) - one;
  const layers = Math.min(mostLayers, 1 + Math.round((parameters - one) / perLayer));
  if (layers < 1) return undefined;
  return {
    shape: shapeOf(family, parameters, width, layers),
    error: Math.abs((one + (layers - 1) * perLayer) / parameters - 1),
    disproportion: Math.abs(Math.log(width / layers / family.proportions.widthPerLayer)),
  };
}

function better(a: Candidate, b: Candidate): boolean {
  const near = a.error <= tolerance;
  if (near !== b.error <= tolerance) return near;
  return near ? a.disproportion < b.disproportion : a.error < b.error;
}

function shapeOf(family: Family, parameters: number, width: number, layers: number): ModelShape {
  const { proportions, sizes, changes } = family;
  // The usual heads of models of that width: 32 wide in toys, 64 in small models, 128 in large ones.
  const headDimension = width >= 2048 && width % 128 === 0 ? 128 : width >= 512 ? 64 : 32;
  const heads = width / headDimension;
  const group = heads % 4 === 0 ? 4 : heads % 2 === 0 ? 2 : 1;
  const shape: ModelShape = {
    ...sizes,
    vocabulary: vocabularyOf(family, parameters, width),
    layers,
    embedding: width,
    feedForward: wholeBlocks(proportions.feedForward * width),
    heads,
    keyValueHeads: proportions.grouped === true ? heads / group : heads,
    headDimension,
    tiedEmbeddings: width < (proportions.tiedBelow ?? 0),
  };
  return { ...shape, ...changes?.(shape) };
}

/** Rounds a width to whole blocks of 32 weights, as quantised formats need. */
function wholeBlocks(width: number): number {
  return Math.max(32, Math.round(width / 32) * 32);
}

/** The family's vocabulary, or the power of two below it that leaves the rest of the model most of its parameters. */
function vocabularyOf({ sizes: { vocabulary } }: Family, parameters: number, width: number): number {
  const room = (parameters * vocabularyShare) / width;
  if (room >= vocabulary) return vocabulary;
  return Math.min(vocabulary, Math.max(fewestTokens, 2 ** Math.floor(Math.log2(Math.max(1, room)))));
}

function steps(first: number, last: number, step: number): number[] {
  return Array.from({ length: (last - first) / step + 1 }, (_, i) => first + i * step);
}
