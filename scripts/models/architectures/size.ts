/** Sizes of models: their names, their classes, and a shape of a family with about as many parameters as one asks for. */
import { usageError } from '../../command-line/errors.ts';
import type { Family } from './architecture.ts';
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

/** The count behind a size such as 1B, 0.5b, 135M or 850k; undefined for a name that is no count. */
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
/** What the vocabulary's matrices may take of a model. Small ones of the real world are mostly vocabulary, which is of no use here. */
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
  const smallest = parameterCountOfShape(
    family.architecture,
    family.shapeOf(sizeOf(family, 0, Math.min(...widths), 1)),
  );
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
    parameterCountOfShape(family.architecture, family.shapeOf(sizeOf(family, parameters, width, layers)));
  const one = count(1);
  const perLayer = count(2) - one;
  const layers = Math.min(mostLayers, 1 + Math.round((parameters - one) / perLayer));
  if (layers < 1) return undefined;
  return {
    shape: family.shapeOf(sizeOf(family, parameters, width, layers)),
    error: Math.abs((one + (layers - 1) * perLayer) / parameters - 1),
    disproportion: Math.abs(Math.log(width / layers / family.widthPerLayer)),
  };
}

function better(a: Candidate, b: Candidate): boolean {
  const near = a.error <= tolerance;
  if (near !== b.error <= tolerance) return near;
  return near ? a.disproportion < b.disproportion : a.error < b.error;
}

/** The family's vocabulary, or the power of two below it that leaves the rest of the model most of its parameters. */
function sizeOf(family: Family, parameters: number, width: number, layers: number) {
  const room = (parameters * vocabularyShare) / width;
  const fitting = Math.max(fewestTokens, 2 ** Math.floor(Math.log2(Math.max(1, room))));
  return {
    width,
    layers,
    vocabulary: room >= family.vocabulary ? family.vocabulary : Math.min(family.vocabulary, fitting),
  };
}

function steps(first: number, last: number, step: number): number[] {
  return Array.from({ length: (last - first) / step + 1 }, (_, i) => first + i * step);
}
