/**
 * `<output>/foreign/<sha256>.json`: what the result file of another tool says, under that tool's own definitions, and `<sha256>.raw`
 * beside it, the file as it was. Named by content, so that a file is there once however often it is imported. No figure of ours is
 * ever made of them.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { loggedTextLimits, textLimits } from '../command-line/files/input-limits.ts';
import { parseJson, readText } from '../command-line/files/text-file.ts';

const name = z.string().max(loggedTextLimits.name);
const text = z.string().max(loggedTextLimits.path);
const count = z.number().nonnegative();

/** The same quantity under our definition, made of what the file has of its requests or repetitions. */
const oursSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('derived'),
    /** As runs.csv calls it. */
    figure: name,
    unit: name,
    formula: text,
    value: z.number(),
    /** Whether the tool's figure has the same formula, before it is averaged. */
    sameFormula: z.boolean(),
    /** What had to be assumed. */
    notes: z.array(text),
  }),
  z.object({ kind: z.literal('not derivable'), figure: name.nullable(), reason: text }),
]);

const metricSchema = z.object({
  /** As the tool calls it. */
  name,
  unit: name,
  /** In our terms: t0, t1, tn, n of docs/measurement.md. */
  definition: text,
  /** Where the definition stands. */
  source: text,
  /** By the tool's names of them: mean, p99, std. */
  statistics: z.record(name, z.number()),
  /** The one of them that stands for the metric. */
  headline: name,
  /** `recomputed`: the file has no such figure, but all that the tool itself makes it of. */
  origin: z.enum(['file', 'recomputed']),
  ours: oursSchema,
});

const cellSchema = z.object({
  /** Facts about the host that the file tells, by the tool's names of them. */
  host: z.record(name, text),
  model: z.object({
    name: text.nullable(),
    /** As the tool writes it: 'llama 1B Q4_0', 'nf4'. */
    type: text.nullable(),
    sizeBytes: count.nullable(),
    parameters: count.nullable(),
  }),
  /** Null where the file does not tell; the mean where its requests differ. */
  workload: z.object({
    promptTokens: count.nullable(),
    generatedTokens: count.nullable(),
    concurrency: count.nullable(),
    requestsPerSecond: count.nullable(),
    /** Positions already in the KV cache when the clock starts. */
    depth: count.nullable(),
    /** Requests or repetitions that were measured. */
    samples: count.nullable(),
    durationSeconds: count.nullable(),
  }),
  /** As the tool writes it. */
  measuredAt: name.nullable(),
  /** All other settings that the file has, by the tool's names of them. */
  settings: z.record(name, z.union([text, z.number(), z.boolean()])),
  metrics: z.array(metricSchema).min(1),
});

export const foreignSchema = z.object({
  type: z.literal('foreign'),
  version: z.literal(1),
  tool: name,
  /** Null where the file does not tell. */
  toolVersion: name.nullable(),
  /** Which of the tool's layouts: 'serve', 'json, 0.5 to 0.6'. */
  layout: name,
  file: z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/), name: text, bytes: count }),
  importedAt: z.iso.datetime(),
  cells: z.array(cellSchema).min(1),
});

export type ForeignOurs = z.infer<typeof oursSchema>;
export type ForeignMetric = z.infer<typeof metricSchema>;
/** One measured combination of model, settings and workload. */
export type ForeignCell = z.infer<typeof cellSchema>;
export type ForeignFile = z.infer<typeof foreignSchema>;

const folder = 'foreign';

export function foreignFolder(output: string): string {
  return join(output, folder);
}

/** Names of the two files below the output folder, folders first. */
export function foreignParts(sha256: string): { record: string[]; raw: string[] } {
  return { record: [folder, `${sha256}.json`], raw: [folder, `${sha256}.raw`] };
}

/** Undefined where it was not imported, or by a version whose records are other ones: it can be imported again. */
export function readForeign(output: string, sha256: string): ForeignFile | undefined {
  const path = join(output, ...foreignParts(sha256).record);
  if (!existsSync(path)) return undefined;
  try {
    const read = foreignSchema.parse(parseJson(readText(path, 'reading', textLimits.foreign)));
    return read.file.sha256 === sha256 ? read : undefined;
  } catch {
    return undefined;
  }
}

/** All that was imported, by content, and the names of records that cannot be read. */
export function foreignFiles(output: string): { files: ForeignFile[]; unreadable: string[] } {
  const path = foreignFolder(output);
  const names = existsSync(path) ? readdirSync(path).sort() : [];
  const files: ForeignFile[] = [];
  const unreadable: string[] = [];
  for (const found of names) {
    const sha256 = /^([0-9a-f]{64})\.json$/.exec(found)?.[1];
    if (sha256 === undefined) continue;
    const read = readForeign(output, sha256);
    if (read === undefined) unreadable.push(`${folder}/${found}`);
    else files.push(read);
  }
  return { files, unreadable };
}
