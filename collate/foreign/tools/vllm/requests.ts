/** The requests of `vllm bench serve --save-detailed`: arrays with a value a request, failed ones among them. */
import { z } from 'zod';
import { foreignLimits } from '../../../../scripts/command-line/files/input-limits.ts';
import { answerOf, piecesNs, unknownPrefill } from '../../answer.ts';
import { Malformed } from '../../malformed.ts';
import type { Evidence } from '../../metric.ts';

const positive = z.number().nonnegative();
const perRequest = <T extends z.ZodType>(item: T) => z.array(item).max(foreignLimits.entries).optional();

/** Seconds. */
export const requestsSchema = z.object({
  input_lens: perRequest(z.int().nonnegative()),
  output_lens: perRequest(z.int().nonnegative()),
  ttfts: perRequest(positive),
  itls: perRequest(z.array(positive)),
  /** On the client's clock; only in later versions. */
  start_times: perRequest(z.number()),
  errors: perRequest(z.string()),
});
type Requests = z.infer<typeof requestsSchema>;

/** @throws Malformed where the arrays have different lengths */
export function serveEvidence(requests: Requests, place: string | null): Evidence {
  const { input_lens: prompts, output_lens: tokens, ttfts, itls, errors } = requests;
  if (prompts === undefined || tokens === undefined || ttfts === undefined || itls === undefined) {
    return { kind: 'none', reason: 'it has no times of single requests: vLLM writes them with --save-detailed' };
  }
  for (const [field, values] of Object.entries({ output_lens: tokens, ttfts, itls, errors })) {
    if (values === undefined || values.length === prompts.length) continue;
    throw new Malformed(place, `${field} has ${values.length} requests, and input_lens ${prompts.length}`);
  }
  const answers = prompts.flatMap((promptTokens, i) => {
    const [n = 0, firstSeconds = 0, gaps = []] = [tokens[i], ttfts[i], itls[i]];
    if (n === 0 || (errors?.[i] ?? '') !== '') return [];
    // Each request has a clock of its own: only differences within a request count.
    return [answerOf({ startNs: 0, chunksNs: piecesNs(firstSeconds, gaps), tokens: n, promptTokens })];
  });
  return {
    kind: 'timed',
    timed: {
      answers: answers.map(({ answer }) => answer),
      requests: answers.map(({ request }) => request),
      kernels: [],
    },
    lacks: unknownPrefill,
    notes: ['one token is taken to have come with the first piece: the file does not tell how many did'],
  };
}
