/** A run's doubts about its own numbers, in plain words, each with the option that mends it. */
import { group } from 'd3-array';
import { counted } from '../command-line/format.ts';
import type { RunRecord, WarningRecord } from '../log/run-log-format.ts';
import { beyondUsable } from '../machine/facts/usable.ts';
import { answerMetrics, fallbackTokens, shortAnswerTokens } from '../results/figures/metrics.ts';
import { runFacts } from '../results/figures/run-facts.ts';
import type { RunSummary } from '../results/run-summary.ts';
import { isFarOff, median, modifiedZScores, outlierThreshold } from '../statistics/statistics.ts';
import type { AnswerRecord } from '../workloads/questions/records.ts';
import { extentWarnings, timerWarnings } from './measured-extent.ts';
import { qualityWarnings } from './quality/run-quality.ts';
import { steadinessChecks } from './quality/steadiness-checks.ts';
import type { WorkloadTraits } from './run-plan.ts';
import { serverWarnings } from './server-warnings.ts';

const fewAnswers = 5;
const busyLoadPerCore = 0.7;
const dequantised = 'dequantised_at_load';
/** Narrower numbers in memory are another packing of the quantised ones. */
const floatBits = 16;
/** Scales and tables that are kept wider are no other format. */
const muchWider = 1.1;
/** Deviations below are no outliers, however steady the rest. */
const negligible = 0.02;

/** @param workload what was measured; its own doubts are among the others */
export function runWarnings(records: readonly RunRecord[], workload: WorkloadTraits): WarningRecord[] {
  const answers = records.filter(
    (record): record is AnswerRecord => record.type === 'answer' && record.phase === 'measured',
  );
  const header = records.find((record) => record.type === 'header');
  return [
    ...hostWarnings(records, workload),
    ...threadsWarnings(records),
    ...weightsWarnings(records),
    ...fallbackWarnings(records),
    ...(workload.timesAnswers === false || answers.length === 0 ? [] : answerWarnings(answers, causeOf(records))),
    ...(header === undefined ? [] : extentWarnings(header, records, workload)),
    ...serverWarnings(records, answers),
    ...(header === undefined ? [] : (workload.warnings?.(header, records) ?? [])),
    ...timerWarnings(records, answers),
  ];
}

function fallbackWarnings(records: readonly RunRecord[]): WarningRecord[] {
  const statistics = records.findLast((record) => record.type === 'statistics');
  const tokens = fallbackTokens(statistics ?? null);
  if (tokens === 0) return [];
  const reason = statistics?.values.fallback_reason;
  const because = typeof reason === 'string' ? `: ${reason}` : '';
  return [
    warning('fallback', `${counted(tokens, 'tokens')} were computed by a fallback and are not comparable${because}`),
  ];
}

/** The load average lags, and counts what came before: it is used only where the run quality does not know the load of others. */
function hostWarnings(records: readonly RunRecord[], { followsRuns }: WorkloadTraits): WarningRecord[] {
  const quality = records.find((record) => record.type === 'certificate');
  const facts = quality === undefined ? runFacts(records) : null;
  const warnings = qualityWarnings(quality?.checks ?? (facts === null ? [] : steadinessChecks(facts)));
  const header = records.find((record) => record.type === 'header');
  const { loadAverage1m, physicalCores } = header?.host ?? {};
  const isKnown = quality?.checks.some(({ name, verdict }) => name === 'others_cpu' && verdict !== 'unknown');
  if (followsRuns === true) return warnings;
  if (isKnown === true || typeof loadAverage1m !== 'number' || physicalCores === undefined) return warnings;
  if (loadAverage1m <= busyLoadPerCore * physicalCores) return warnings;
  return [
    ...warnings,
    warning(
      'busy_host',
      `the load average was ${loadAverage1m.toFixed(1)} on ${physicalCores} cores when the run began; close what else runs, or leave it cores with a smaller --threads N, or expect noise`,
    ),
  ];
}

/** Whatever the engine: one that tells how its weights lie in memory need not say this beside. */
function weightsWarnings(records: readonly RunRecord[]): WarningRecord[] {
  const model = records.find((record) => record.type === 'header')?.model;
  const inMemory = records.findLast((record) => record.type === 'effective')?.weights;
  if (model === undefined || inMemory === undefined) return [];
  const isWider =
    inMemory.bitsPerWeight >= floatBits && inMemory.bitsPerWeight > model.effectiveBitsPerWeight * muchWider;
  const isSaid = records.some((record) => record.type === 'warning' && record.code === dequantised);
  if (!isWider || isSaid) return [];
  const lies = `weights of ${model.quantization.got} lie in memory as ${inMemory.format}, and each costs the memory traffic of that`;
  return [warning(dequantised, lies)];
}

/** Threads without a core of their own take turns. What a server computes with is not ours to tell. */
function threadsWarnings(records: readonly RunRecord[]): WarningRecord[] {
  const usable = records.find((record) => record.type === 'header')?.host.usable;
  const effective = records.findLast((record) => record.type === 'effective');
  const threads = effective?.settings.threads;
  if (usable === undefined || typeof threads !== 'number' || effective?.device === 'server') return [];
  const message = beyondUsable(threads, usable);
  return message === null ? [] : [warning('more_threads_than_cores', message)];
}

/** Nobody is blamed of whom nothing is known. */
function causeOf(records: readonly RunRecord[]): string {
  const quality = records.find((record) => record.type === 'certificate');
  const others = quality?.checks.find(({ name }) => name === 'others_cpu');
  switch (others?.verdict) {
    case 'doubt':
    case 'failed':
      return `others kept ${others.value?.toFixed(2) ?? 'some'} cores busy meanwhile; close what else runs and measure again, or add rounds with --iterations N`;
    case 'ok':
      return 'nobody else was at work meanwhile; let them weigh less with --iterations N';
    default:
      return 'nothing tells why; let them weigh less with --iterations N';
  }
}

/** @param cause what is known of why answers may be slow, and what helps */
function answerWarnings(answers: readonly AnswerRecord[], cause: string): WarningRecord[] {
  const warnings: WarningRecord[] = [];
  if (answers.length < fewAnswers) {
    warnings.push(warning('few_answers', `only ${answers.length} measured answers; add rounds with --iterations N`));
  }
  const empty = answers.filter((answer) => answer.tokens === 0).length;
  if (empty > 0) {
    warnings.push(
      warning(
        'empty_answers',
        `${empty} of ${answers.length} answers have no token: they are in no latency and no rate`,
      ),
    );
  }
  const tokens = median(answers.map((answer) => answer.tokens));
  if (tokens < shortAnswerTokens) {
    warnings.push(
      warning(
        'short_answers',
        `half of the answers have ${Math.round(tokens)} tokens or fewer, too short for a steady decode rate; --ignore-eos makes every answer --max-tokens long`,
      ),
    );
  }
  const paced = answers.flatMap((answer) => {
    const { tpotMs } = answerMetrics(answer);
    return answer.tokens < shortAnswerTokens || tpotMs === null ? [] : [{ tpotMs, tokens: answer.tokens }];
  });
  const tpots = paced.map(({ tpotMs }) => tpotMs);
  const center = median(tpots.length === 0 ? [0] : tpots);
  const scores = modifiedZScores(tpots);
  const far = tpots.map((tpot, i) => tpot > center && isFarOff(tpot, scores[i] ?? 0, center, negligible));
  if (far[0] === true && far.filter(Boolean).length === 1) {
    return [...warnings, firstAnswerWarning((tpots[0] ?? 0) / center)];
  }
  const slow = far.filter(Boolean).length;
  const lost = paced.reduce((ms, { tpotMs, tokens }, i) => ms + (far[i] === true ? (tpotMs - center) * tokens : 0), 0);
  const share = slow === 0 ? 0 : lost / paced.reduce((ms, { tpotMs, tokens }) => ms + tpotMs * tokens, 0);
  // Of hundreds of answers some are always slow; what matters is what they do to the rate of the run.
  if (share > negligible) {
    warnings.push(
      warning(
        'slow_outliers',
        `${slow} of ${tpots.length} answers of ${counted(shortAnswerTokens, 'tokens')} or more decoded far slower than the rest (modified z > ${outlierThreshold}) and cost ${(share * 100).toPrecision(2)} % of the decode time; ${cause}`,
      ),
    );
  }
  return warnings;
}

/** Only the first of all is slow: whatever it had to do first was not done in the warm-up. */
function firstAnswerWarning(times: number): WarningRecord {
  return warning(
    'slow_first_answer',
    `the first measured answer decoded ${times.toFixed(1)} times as slowly as the others, alone: the engine was not warm yet; give it more with --warmup N`,
  );
}

function warning(code: string, message: string): WarningRecord {
  return { type: 'warning', code, message };
}

// The warnings of many runs without their repetitions: each kind once, with the number of runs that have it.

export function commonWarnings(runs: readonly RunSummary[]): string[] {
  const all = runs.flatMap((run) => run.warnings);
  return [...group(all, ({ code }) => code)].map(([, alike]) => {
    const [first] = alike;
    const where =
      runs.length > 1 ? ` (${alike.length} of ${runs.length} runs${alike.length > 1 ? '; the first one' : ''})` : '';
    return `${first?.message ?? ''}${where}`;
  });
}
