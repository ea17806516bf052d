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
  /** Of what went in; null where nothing did. */
  inputSha256: sha256.nullable(),
  options: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});
export type LineageStep = z.infer<typeof stepSchema>;

export const lineageSchema = z.object({
  /** The weights at the beginning: a file of which nothing else is known, a folder of weights, or random numbers. */
  root: z.object({
    /** Of the file; of several files: sha256 over the lines of `sha256sum`, sorted by name. */
    sha256,
    name: z.string(),
  }),
  steps: z.array(stepSchema),
});
export type Lineage = z.infer<typeof lineageSchema>;

/** Key of a GGUF file under which its lineage stands, as JSON. */
export const lineageKey = 'tokenlap.lineage';

/** What a step of Tokenlap's own says of the tool. */
export const ownTool = { tool: 'Tokenlap', version: packageJson.version } as const;

export function withStep({ root, steps }: Lineage, step: LineageStep): Lineage {
  return { root, steps: [...steps, step] };
}

/** 'convert to f16 (Tokenlap 0.1.0), quantize to q8_0 (Tokenlap 0.1.0)'; empty for a root. */
export function lineageText({ steps }: Lineage): string {
  return steps
    .map(({ action, tool, version, options }) => {
      const to = options.to === undefined ? '' : ` to ${options.to}`;
      return `${action}${to} (${version === null ? tool : `${tool} ${version}`})`;
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
