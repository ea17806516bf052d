/** A shape of a family with about as many parameters as one asks for. */
import { exitCodes, UserError } from '../../command-line/errors.ts';
import type { Family } from './architecture.ts';
import type { ModelShape } from './model-shape.ts';
import { parameterCountOfShape } from './shape-tensors.ts';

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
  throw new UserError(`no ${family.title} of ${parameters} parameters can be made`, {
    exitCode: exitCodes.usage,
    remedy: `The smallest one has ${smallest}.`,
  });
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
