/** llama-benchy against our endpoint, and what its results and its events say of each request. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { readJson, type Served } from './served.ts';

const metricSchema = z.object({ mean: z.number(), std: z.number(), values: z.array(z.number()) });

const resultsSchema = z.object({
  version: z.string(),
  latency_ms: z.number(),
  benchmarks: z.tuple([
    z.object({
      pp_throughput: metricSchema,
      tg_throughput: metricSchema,
      peak_throughput: metricSchema,
      ttfr: metricSchema,
      est_ppt: metricSchema,
      e2e_ttft: metricSchema,
      /** Of each run, of each request in it: seconds since the first token, and a rate. */
      requests_throughput_over_time: z.array(z.array(z.array(z.tuple([z.number(), z.number()])))),
    }),
  ]),
});

const eventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('header') }),
  z.object({ type: z.literal('latency_measured') }),
  z.object({ type: z.literal('request_start'), ts: z.number(), request_id: z.number() }),
  z.object({ type: z.literal('request_first_response'), ts: z.number(), request_id: z.number(), ttfr_s: z.number() }),
  z.object({ type: z.literal('request_first_token'), ts: z.number(), request_id: z.number(), ttft_s: z.number() }),
  z.object({ type: z.literal('tokens'), ts: z.number(), request_id: z.number(), count: z.number() }),
  z.object({
    type: z.literal('request_end'),
    ts: z.number(),
    request_id: z.number(),
    total_tokens: z.number(),
    prompt_tokens: z.number(),
    error: z.literal(''),
  }),
  z.object({ type: z.literal('bench_complete'), status: z.literal('ok') }),
]);
type Event = z.infer<typeof eventSchema>;

export type LlamaBenchyResults = Omit<z.infer<typeof resultsSchema>, 'benchmarks'> & {
  benchmark: z.infer<typeof resultsSchema>['benchmarks'][0];
  events: readonly Event[];
};

/** It would fetch this text; where it finds a file under the digest of its address, it takes that one. */
const bookUrl = 'https://www.gutenberg.org/files/1661/1661-0.txt';

export async function runLlamaBenchy(
  { witness, model, tokenizer, folder, home, client }: Served,
  { runs, promptTokens, outputTokens }: { runs: number; promptTokens: number; outputTokens: number },
): Promise<LlamaBenchyResults> {
  const cache = join(home, '.cache', 'llama-benchy');
  mkdirSync(cache, { recursive: true });
  const text = readFileSync(new URL('../../docs/measurement.md', import.meta.url), 'utf8');
  writeFileSync(join(cache, `${createHash('md5').update(bookUrl).digest('hex')}.txt`), text);
  const path = join(folder, 'llama-benchy.json');
  const eventPath = join(folder, 'llama-benchy.jsonl');
  await client('llama_benchy', [
    ...['--base-url', `${witness.origin}/v1`, '--model', model, '--tokenizer', tokenizer],
    ...['--pp', String(promptTokens), '--tg', String(outputTokens), '--runs', String(runs), '--exact-tg'],
    ...['--latency-mode', 'api', '--skip-coherence', '--save-all-throughput-timeseries'],
    ...['--format', 'json', '--save-result', path, '--emit-progress', eventPath],
  ]);
  const { benchmarks, ...facts } = readJson(resultsSchema, path);
  const lines = readFileSync(eventPath, 'utf8').trimEnd().split('\n');
  return { ...facts, benchmark: benchmarks[0], events: lines.map((line) => eventSchema.parse(JSON.parse(line))) };
}
