/** A run's doubts about its own numbers, in plain words, each with the option that mends it. */
import { certificateWarnings } from './certificate/certificate-warnings.ts';
import { steadinessChecks } from './certificate/certify.ts';
import { runFacts } from './certificate/run-facts.ts';
import { loadWarnings } from './load/load-warnings.ts';
import { extentWarnings } from './measured-extent.ts';
import { answerMetrics, fallbackTokens, shortAnswerTokens } from './metrics.ts';
import type { AnswerRecord, RunRecord, WarningRecord } from './run-log-format.ts';
import { isFarOff, median, modifiedZScores, outlierThreshold } from './statistics.ts';
import { timerWarnings } from './timer-saturation.ts';

const fewAnswers = 5;
const busyLoadPerCore = 0.7;
/** Deviations below are no outliers, however steady the rest. */
const negligible = 0.02;

export function runWarnings(records: readonly RunRecord[]): WarningRecord[] {
  const answers = records.filter(
    (record): record is AnswerRecord => record.type === 'answer' && record.phase === 'measured',
  );
  const header = records.find((record) => record.type === 'header');
  const isChat = header?.workload === 'chat';
  return [
    ...hostWarnings(records),
    ...fallbackWarnings(records),
    ...(isChat || answers.length === 0 ? [] : answerWarnings(answers, causeOf(records))),
    ...(header === undefined ? [] : extentWarnings(header, records)),
    ...serverWarnings(records, answers),
    ...(header === undefined ? [] : loadWarnings(header, records)),
    ...timerWarnings(records, answers),
  ];
}

function fallbackWarnings(records: readonly RunRecord[]): WarningRecord[] {
  const statistics = records.findLast((record) => record.type === 'statistics');
  const tokens = fallbackTokens(statistics ?? null);
  if (tokens === 0) return [];
  const reason = statistics?.values.fallback_reason;
  const because = typeof reason === 'string' ? `: ${reason}` : '';
  return [warning('fallback', `${tokens} tokens were computed by a fallback and are not comparable${because}`)];
}

/** What a server counts, and how it sends, may not be what is measured elsewhere. */
function serverWarnings(records: readonly RunRecord[], answers: readonly AnswerRecord[]): WarningRecord[] {
  const warnings: WarningRecord[] = [];
  const served = answers.filter((answer) => answer.served !== undefined);
  const sum = (pick: (answer: AnswerRecord) => number) => served.reduce((total, answer) => total + pick(answer), 0);
  const [tokens, chunks] = [sum((answer) => answer.tokens), sum((answer) => answer.served?.chunks ?? 0)];
  if (chunks < tokens) {
    warnings.push(
      warning(
        'several_tokens_per_chunk',
        `${tokens} tokens came in ${chunks} pieces: gaps are between pieces (inter-chunk), not between tokens`,
      ),
    );
  }
  if (records.some((record) => record.type === 'token' && record.id < 0)) {
    warnings.push(
      warning(
        'token_counts_differ',
        "the server counts other tokens in its answers than our tokenizer finds; its count was taken, and the model's file may be another",
      ),
    );
  }
  const others = served.filter(
    ({ promptTokens, served: said }) => said?.promptTokens != null && said.promptTokens !== promptTokens,
  ).length;
  if (others > 0) {
    warnings.push(
      warning(
        'prompts_differ',
        `the server counts other prompt tokens than our template gives in ${others} of ${served.length} answers`,
      ),
    );
  }
  const cached = sum(({ cachedPromptTokens }) => cachedPromptTokens);
  if (cached > 0) {
    warnings.push(
      warning('cached_prompts', `the server had ${cached} prompt tokens in its cache: its TTFT is not a cold one`),
    );
  }
  return warnings;
}

/** The load average lags, and counts what came before: it speaks only where no certificate tells what others did. */
function hostWarnings(records: readonly RunRecord[]): WarningRecord[] {
  const certificate = records.find((record) => record.type === 'certificate');
  const facts = certificate === undefined ? runFacts(records) : null;
  const warnings = certificateWarnings(certificate?.checks ?? (facts === null ? [] : steadinessChecks(facts)));
  const header = records.find((record) => record.type === 'header');
  const { loadAverage1m, physicalCores } = header?.host ?? {};
  const isKnown = certificate?.checks.some(({ name, verdict }) => name === 'others_cpu' && verdict !== 'unknown');
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

/** Nobody is blamed of whom nothing is known. */
function causeOf(records: readonly RunRecord[]): string {
  const certificate = records.find((record) => record.type === 'certificate');
  const others = certificate?.checks.find(({ name }) => name === 'others_cpu');
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
  const tokens = median(answers.map((answer) => answer.tokens));
  if (tokens < shortAnswerTokens) {
    warnings.push(
      warning(
        'short_answers',
        `half of the answers have ${Math.round(tokens)} tokens or fewer, too short for a steady decode rate; --ignore-eos makes every answer --max-tokens long`,
      ),
    );
  }
  const tpots = answers
    .filter((answer) => answer.tokens >= shortAnswerTokens)
    .map((answer) => answerMetrics(answer).tpotMs)
    .filter((tpot) => tpot !== null);
  const center = median(tpots.length === 0 ? [0] : tpots);
  const scores = modifiedZScores(tpots);
  const far = tpots.map((tpot, i) => tpot > center && isFarOff(tpot, scores[i] ?? 0, center, negligible));
  if (far[0] === true && far.filter(Boolean).length === 1) {
    return [...warnings, firstAnswerWarning((tpots[0] ?? 0) / center)];
  }
  const slow = far.filter(Boolean).length;
  if (slow > 0) {
    warnings.push(
      warning(
        'slow_outliers',
        `${slow} of ${tpots.length} answers of ${shortAnswerTokens} tokens or more decoded far slower than the rest (modified z > ${outlierThreshold}); ${cause}`,
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
