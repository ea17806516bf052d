/** GuideLLM against our endpoint, and what its report says of each request. */
import { join } from 'node:path';
import { z } from 'zod';
import { readJson, type Served } from './served.ts';

const summarySchema = z.object({
  successful: z.object({ mean: z.number(), median: z.number(), std_dev: z.number(), count: z.number() }),
});

/** Instants are seconds since 1970. */
const timingsSchema = z.object({
  request_start: z.number(),
  first_token_iteration: z.number(),
  last_token_iteration: z.number(),
  request_end: z.number(),
  token_iterations: z.number(),
});

const requestSchema = z.object({
  response_id: z.string(),
  prompt_tokens: z.number(),
  output_tokens: z.number(),
  request_latency: z.number(),
  time_to_first_token_ms: z.number(),
  time_per_output_token_ms: z.number(),
  inter_token_latency_ms: z.number(),
  output_tokens_per_second: z.number(),
  info: z.object({ timings: timingsSchema }),
});

const reportSchema = z.object({
  benchmarks: z.tuple([
    z.object({
      start_time: z.number(),
      end_time: z.number(),
      requests: z.object({
        successful: z.array(requestSchema),
        incomplete: z.array(z.unknown()),
        errored: z.array(z.unknown()),
      }),
      metrics: z.object({
        request_latency: summarySchema,
        time_to_first_token_ms: summarySchema,
        time_per_output_token_ms: summarySchema,
        inter_token_latency_ms: summarySchema,
        output_tokens_per_second: summarySchema,
      }),
    }),
  ]),
});

export type GuidellmReport = z.infer<typeof reportSchema>['benchmarks'][0];

/** As many requests as it is told, one after the other, with prompts that it makes up. */
export async function runGuidellm(
  { witness, model, tokenizer, folder, client }: Served,
  { requests, promptTokens, outputTokens }: { requests: number; promptTokens: number; outputTokens: number },
): Promise<GuidellmReport> {
  const path = join(folder, 'guidellm.json');
  await client('guidellm', [
    'run',
    ...['--backend', `kind=openai_http,target=${witness.origin},model=${model}`],
    ...['--profile', 'kind=synchronous'],
    ...['--constraint', `kind=max_requests,count=${requests}`],
    ...['--data', `kind=synthetic_text,prompt_tokens=${promptTokens},output_tokens=${outputTokens}`],
    ...['--tokenizer', JSON.stringify({ kind: 'huggingface_auto', model: tokenizer })],
    ...['--output', `kind=json,path=${path}`],
    '--disable-console',
  ]);
  const [report] = readJson(reportSchema, path).benchmarks;
  return report;
}
