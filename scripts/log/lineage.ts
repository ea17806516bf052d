/**
 * Where a model file comes from: the weights that it descends from, and every step since. Two files with one root have the
 * same source weights; of two roots nothing is known.
 */
import { z } from 'zod';
import packageJson from '../../package.json' with { type: 'json' };

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const stepSchema = z.object({
  action: z.enum(['synthesize', 'convert', 'quantize', 'export']),
  /** Who did it: 'Tokenlap', 'llama-quantize', 'convert_hf_to_gguf.py', 'mlc_llm'. */
  tool: z.string(),
  version: z.string().nullable(),
  /** Hash of what went in; null where nothing did. */
  inputSha256: sha256.nullable(),
  options: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});
export type LineageStep = z.infer<typeof stepSchema>;

export const lineageSchema = z.object({
  /** The weights at the beginning: a file of which nothing else is known, a folder of weights, or random numbers. */
  root: z.object({
    /** Hash of the file; for several files: sha256 over the lines of `sha256sum`, sorted by name. */
    sha256,
    name: z.string(),
  }),
  steps: z.array(stepSchema),
});
export type Lineage = z.infer<typeof lineageSchema>;

/** Key of a GGUF file under which its lineage stands, as JSON. */
export const lineageKey = 'tokenlap.lineage';

/** A step of Tokenlap itself. */
export function ownStep(
  action: LineageStep['action'],
  inputSha256: string | null,
  options: LineageStep['options'],
): LineageStep {
  return { action, tool: 'Tokenlap', version: packageJson.version, inputSha256, options };
}

export function withStep({ root, steps }: Lineage, step: LineageStep): Lineage {
  return { root, steps: [...steps, step] };
}

/** 'convert to f16 (Tokenlap 0.1.0), quantize to q8_0 (Tokenlap 0.1.0)'; 'requantize' from quantised weights; empty for a root. */
export function lineageText({ steps }: Lineage): string {
  return steps
    .map(({ action, tool, version, options }) => {
      const to = options.to === undefined ? '' : ` to ${options.to}`;
      const again = options.allowRequantize === true ? 're' : '';
      return `${again}${action}${to} (${version === null ? tool : `${tool} ${version}`})`;
    })
    .join(', ');
}

/** The lineage in a text; undefined when it holds none. */
export function parseLineage(text: string): Lineage | undefined {
  try {
    return lineageSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Whether the model files of two groups of runs descend from the same weights (rule 10 of docs/measurement.md). */

/**
 * 'other source' only where both lineages are written down from their beginning: two files that were fetched have a root
 * each, and may still have been made of the same weights by whoever made them.
 */
export type SourceRelation = 'same source' | 'other source' | 'not known to descend from the same source';

/** What a run says of where its weights come from. */
export interface SourceFacts {
  sha256: string | null;
  rootSha256: string | null;
  /** As lineageText has it. */
  lineage: string | null;
}

export function sourceRelation(a: readonly SourceFacts[], b: readonly SourceFacts[]): SourceRelation {
  const rootsOf = (runs: readonly SourceFacts[]) => new Set(runs.map((run) => run.rootSha256 ?? run.sha256));
  const [ofA, ofB] = [rootsOf(a), rootsOf(b)];
  const common = ofA.size === 1 && [...ofA].every((root) => root !== null && ofB.size === 1 && ofB.has(root));
  if (common) return 'same source';
  const written =
    a.length > 0 && b.length > 0 && [...a, ...b].every(isConverted) && ![...ofA].some((root) => ofB.has(root));
  return written ? 'other source' : 'not known to descend from the same source';
}

/** Its root is the weights as they were published. (Random weights are no source: two formats have other numbers.) */
function isConverted({ lineage }: SourceFacts): boolean {
  return lineage?.startsWith('convert') === true;
}
