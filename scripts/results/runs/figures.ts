/** Columns of runs.csv with what was measured: latency, rates, cold start, memory, throughput. */

import { numberSetting, wholeSetting } from '../../log/record-fields.ts';
import type { CheckpointName } from '../../log/run-log-format.ts';
import { mean, median } from '../../statistics/statistics.ts';
import type { AnswerRecord } from '../../workloads/questions/records.ts';
import {
  type AnswerMetrics,
  answerMetrics,
  memoryThroughputGbPerSecond,
  paramThroughputGbPerSecond,
  type RunRates,
} from '../figures/metrics.ts';
import type { RunTotals } from '../figures/run-totals.ts';
import { type OfMemory, runMemoryColumns } from '../memory-table.ts';
import { type Run, recordsOf } from '../run.ts';
import { columnsOf, columnsOfPart } from '../table.ts';

export interface OfFigures extends OfMemory {
  run: Run;
  measured: readonly AnswerRecord[];
  /** Figures of the measured answers. */
  latencies: readonly AnswerMetrics[];
  rates: RunRates;
  totals: RunTotals;
  gaps: Gaps;
  /** Sums over the closed spans of each name. */
  spansMs: ReadonlyMap<CheckpointName, number>;
  /** Null in older logs. */
  warmUp: { tokens: number; workMs: number; ended: string } | null;
  work: { ns: number | null };
  /** Null where no rate is known, or nothing of the model. */
  decode: { tokensPerSecond: number; weightBytes: number; cacheBytes: number | null } | null;
}

export interface Gaps {
  count: number;
  /** Milliseconds; null with too few gaps that are no repeats. */
  percentile: (p: number) => number | null;
  longestMs: number | null;
}

const { whole, number, flag, ms } = columnsOf<OfFigures>();
const { whole: warmUpWhole, ms: warmUpMs, text: warmUpText } = columnsOfPart(({ warmUp }: OfFigures) => warmUp);
const { number: rate, ms: rateMs } = columnsOfPart(({ rates }: OfFigures) => rates);
const { whole: totalWhole, number: totalNumber, ms: totalMs } = columnsOfPart(({ totals }: OfFigures) => totals);

export const figureColumns = [
  whole('answers', '', 'Answers', 'measured answers').of(({ measured }) => measured.length),
  whole('warmup_answers', '', 'Warm-up answers', 'answers until no trend was left, the cold one included').of(
    ({ run, measured }) => run.answers.length - measured.length,
  ),
  warmUpWhole('warmup_tokens', 'tokens', 'Warm-up tokens', 'decoded while warming up, the cold answer not counted').at(
    'tokens',
  ),
  warmUpMs('warmup_work_ms', 'Warm-up work', 'time of decoding them').at('workMs'),
  warmUpText(
    'warmup_ended',
    'Warm-up ended',
    'quiet: no trend was left; cap: it took too long; fixed: as many as were asked for',
  ).at('ended'),
  flag(
    'not_warm',
    'Not warm',
    'true where the run still became faster while it was measured; empty where that was not looked at',
  ).of(({ run, warmUp }) =>
    recordsOf(run, 'warning').some(({ code }) => code === 'not_warm') ? true : warmUp === null ? null : false,
  ),
  whole(
    'rounds_asked',
    '',
    'Rounds asked',
    'rounds at least; more follow up to min_seconds, and iterations has those that were measured',
  ).of(({ run }) => wholeSetting(run.header.requested, 'rounds')),
  number('min_seconds', 's', 'Least time', 'measured decoding that was asked for').of(({ run }) =>
    numberSetting(run.header.requested, 'minSeconds'),
  ),
  ms(
    'measured_work_ms',
    'Measured work',
    'time of decoding in the measured phase (tg in the kernel workload, vectors in the embedding workload)',
  ).of(({ work }) => inMs(work.ns)),
  totalWhole(
    'iterations',
    '',
    'Iterations',
    'measured rounds of the list of questions or texts, or repetitions of a kernel test, in this run',
  ).at('iterations'),
  totalMs(
    'total_time_ms',
    'Total time',
    'sum of (tn - t0) over the measured answers, or of the times of measured repetitions or batches',
  ).at('totalTimeMs'),
  whole('prompt_tokens', 'tokens', 'Prompt tokens', 'of the measured answers').of(({ measured }) =>
    sum(measured, (answer) => answer.promptTokens),
  ),
  whole('generated_tokens', 'tokens', 'Generated tokens', 'of the measured answers').of(({ measured }) =>
    sum(measured, (answer) => answer.tokens),
  ),
  ms('ttft_ms', 'Time to first token', 'median over measured answers').of(({ latencies }) =>
    medianOf(latencies.map(({ ttftMs }) => ttftMs)),
  ),
  ms('ttft_cold_ms', 'Cold time to first token', 'of the very first answer').of(({ run }) => coldTtftMs(run.answers)),
  rateMs('tpot_ms', 'Time per output token', 'total decode time / total decoded tokens').at('tpotMs'),
  rate(
    'decode_tokens_per_s',
    'tokens/s',
    'Decode rate',
    'sum of (n - k) / sum of (tn - t1), k tokens having come with the first; empty where answers with over a tenth of the tokens have none',
  ).at('decodeTokensPerSecond'),
  totalNumber(
    'peak_tokens_per_s',
    'tokens/s',
    'Peak decode rate',
    'highest gaps / time over any consecutive gaps of measured answers, put end to end, that last 1 s or longer and are 10 or more; never 1 / shortest gap; empty where decoding took less',
  ).at('peakTokensPerSecond'),
  rate(
    'prefill_tokens_per_s',
    'tokens/s',
    'Prefill rate',
    'sum of new prompt tokens / sum of prompt evaluation times',
  ).at('prefillTokensPerSecond'),
  flag('prefill_is_lower_bound', 'Prefill is a lower bound', 'true where TTFT stood in for the evaluation time').of(
    ({ rates }) => (rates.prefillTokensPerSecond === null ? null : rates.prefillIsLowerBound),
  ),
  ms('e2e_ms', 'End to end', 'median over measured answers').of(({ latencies }) =>
    medianOf(latencies.map(({ e2eMs }) => e2eMs)),
  ),
  ms(
    'e2e_mean_ms',
    'End to end, mean',
    'sum of (tn - t0) / measured answers that came: the time of an answer of mean length, which the median of answers of many lengths is not',
  ).of(({ latencies }) => meanOf(latencies.map(({ e2eMs }) => e2eMs))),
  rate('e2e_tokens_per_s', 'tokens/s', 'End-to-end rate', 'sum of n / sum of (tn - t0)').at('e2eTokensPerSecond'),
  whole(
    'arrivals',
    '',
    'Arrivals',
    'distinct instants at which the tokens of measured answers came; fewer than the tokens where several came at once',
  ).of(({ measured }) => arrivalsIn(measured)),
  whole(
    'itl_count',
    '',
    'Gaps',
    'number of gaps behind the percentiles, repeats of greedy answers included: between tokens, or between arrivals where several came at once',
  ).of(({ gaps }) => gaps.count),
  ms(
    'itl_p50_ms',
    'Inter-token latency, median',
    'R-7 quantile of the gaps between tokens of measured answers, between arrivals where several came at once; empty with fewer than 10',
  ).of(({ gaps }) => gaps.percentile(0.5)),
  ms('itl_p95_ms', 'Inter-token latency, p95', 'R-7 quantile; empty with fewer than 100 gaps that are no repeats').of(
    ({ gaps }) => gaps.percentile(0.95),
  ),
  ms('itl_p99_ms', 'Inter-token latency, p99', 'R-7 quantile; empty with fewer than 500 gaps that are no repeats').of(
    ({ gaps }) => gaps.percentile(0.99),
  ),
  totalMs(
    'itl_min_ms',
    'Inter-token latency, minimum',
    'the shortest gap between tokens that came at different instants',
  ).at('minTokenTimeMs'),
  ms('itl_max_ms', 'Inter-token latency, maximum', 'the longest gap').of(({ gaps }) => gaps.longestMs),
  ms('engine_start_ms', 'Engine start', 'until the engine process answered').of(({ spansMs }) =>
    spansMs.get('engine_start'),
  ),
  ms('framework_import_ms', 'Framework import', 'until the framework was imported and initialised').of(({ spansMs }) =>
    spansMs.get('framework_import'),
  ),
  ms('tokenizer_load_ms', 'Tokenizer load', 'the vocabulary alone').of(({ spansMs }) => spansMs.get('tokenizer_load')),
  ms('model_load_ms', 'Model load', 'weights and context').of(({ spansMs }) => spansMs.get('model_load')),
  ms('jit_compilation_ms', 'Compilation', 'first-call compilation, where a framework compiles').of(({ spansMs }) =>
    spansMs.get('jit_compilation'),
  ),
  ms(
    'kernel_search_ms',
    'Kernel search',
    'time in which a framework tried variants of its kernels, apart from compilation; empty where it found all of them in its cache, or does not search',
  ).of(({ spansMs }) => spansMs.get('kernel_search')),
  ms('warmup_ms', 'Warm-up', 'cold answer and warm-up together').of(({ spansMs }) => spansMs.get('warmup')),
  ...runMemoryColumns,
  number(
    'param_throughput_gb_s',
    'GB/s',
    'Parameter throughput',
    'weight bytes per token x decode rate (tg rate in the kernel workload); decimal GB',
  ).of(({ decode }) =>
    decode === null ? null : paramThroughputGbPerSecond(decode.weightBytes, decode.tokensPerSecond),
  ),
  number(
    'memory_throughput_gb_s',
    'GB/s',
    'Memory throughput',
    '(weight bytes per token + mean KV bytes read + state of a recurrent model) x decode rate (tg rate in the kernel workload); decimal GB',
  ).of(({ decode }) =>
    decode === null || decode.cacheBytes === null
      ? null
      : memoryThroughputGbPerSecond(decode.weightBytes, decode.cacheBytes, decode.tokensPerSecond),
  ),
] as const;

function inMs(ns: number | null): number | null {
  return ns === null ? null : ns / 1e6;
}

function coldTtftMs(answers: readonly AnswerRecord[]): number | null {
  const cold = answers.find((answer) => answer.phase === 'cold');
  return cold === undefined ? null : answerMetrics(cold).ttftMs;
}

function medianOf(values: ReadonlyArray<number | null>): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : median(known);
}

function meanOf(values: ReadonlyArray<number | null>): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : mean(known);
}

/** Null where a log with broken invariants lacks them. */
function arrivalsIn(answers: readonly AnswerRecord[]): number | null {
  const known = answers.flatMap(({ arrivals }) => arrivals ?? []);
  return known.length === answers.length ? known.reduce((total, arrivals) => total + arrivals, 0) : null;
}

function sum(answers: readonly AnswerRecord[], of: (answer: AnswerRecord) => number): number {
  return answers.reduce((total, answer) => total + of(answer), 0);
}
