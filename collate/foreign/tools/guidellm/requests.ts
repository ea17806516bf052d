/** Requests of a report, in both ways in which GuideLLM has written their instants. */
import { z } from 'zod';
import { answerOf, unknownPrefill } from '../../answer.ts';
import { fitting } from '../../malformed.ts';
import type { Evidence } from '../../metric.ts';

const whole = z.int().nonnegative().nullable();
const instant = z.number().nullable();

/** 0.2 to 0.3. Seconds since 1970, as are all instants of GuideLLM. */
const flatSchema = z.looseObject({
  prompt_tokens: whole,
  output_tokens: whole,
  start_time: z.number(),
  first_token_time: instant,
  last_token_time: instant,
});

/** Since 0.4. */
const timedSchema = z.looseObject({
  prompt_tokens: whole,
  output_tokens: whole,
  info: z.looseObject({
    timings: z.looseObject({
      request_start: instant,
      first_token_iteration: instant,
      last_token_iteration: instant,
      token_iterations: z.int().nonnegative(),
    }),
  }),
});

/** @param total successful requests of the benchmark, which may have kept a sample of them only; undefined where it is not told */
export function reportEvidence(
  requests: readonly unknown[],
  total: number | null | undefined,
  place: string,
): Evidence {
  if (requests.length === 0) return { kind: 'none', reason: 'it has no successful request' };
  if (total != null && total !== requests.length) {
    return { kind: 'none', reason: `of ${total} requests the report has kept a sample of ${requests.length}` };
  }
  const read = requests.map((each, i) => requestOf(each, `${place}.requests.successful.${i}`));
  const answers = read.flatMap((each) => (each.answer === null ? [] : [each.answer]));
  const reason = 'the report has the first and the last instant of each request, none between';
  return {
    kind: 'timed',
    timed: { answers: answers.map(({ answer }) => answer), requests: [], kernels: [] },
    lacks: { ...unknownPrefill, itl_p50_ms: reason },
    notes: [
      'one token is taken to have come with the first piece: the file does not tell how many did',
      ...(read.some(({ counted }) => counted)
        ? []
        : ['each token is taken to have come by itself: the file does not tell in how many pieces they came']),
    ],
  };
}

interface ReadRequest {
  /** Null for a request without a token, or without its instants: it was not streamed. */
  answer: ReturnType<typeof answerOf> | null;
  /** Whether the file tells how many pieces came. */
  counted: boolean;
}

function requestOf(value: unknown, place: string): ReadRequest {
  if (typeof value === 'object' && value !== null && 'info' in value) {
    const { info, prompt_tokens: promptTokens, output_tokens: tokens } = fitting(timedSchema, value, place);
    const { request_start: start, first_token_iteration: first, last_token_iteration: last } = info.timings;
    const chunks = info.timings.token_iterations;
    return { answer: timed({ start, first, last, tokens, promptTokens, chunks }), counted: true };
  }
  const flat = fitting(flatSchema, value, place);
  const { start_time: start, first_token_time: first, last_token_time: last } = flat;
  const { output_tokens: tokens, prompt_tokens: promptTokens } = flat;
  return { answer: timed({ start, first, last, tokens, promptTokens, chunks: tokens }), counted: false };
}

interface Instants {
  start: number | null;
  first: number | null;
  last: number | null;
  tokens: number | null;
  promptTokens: number | null;
  chunks: number | null;
}

/** Seconds since 1970 in nanoseconds are beyond the whole numbers of a double, so instants count from the start. */
function timed({ start, first, last, tokens, promptTokens, chunks }: Instants): ReadRequest['answer'] {
  if (start === null || first === null || last === null || !tokens) return null;
  const chunksNs = [first, ...(last > first ? [last] : [])].map((seconds) => (seconds - start) * 1e9);
  return answerOf({ startNs: 0, chunksNs, chunks: chunks ?? tokens, tokens, promptTokens: promptTokens ?? 0 });
}
