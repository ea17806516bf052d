/** Doubts about the answers of a run: too few, too short, far slower than the rest, or too fast for the clock. */
import { counted } from '../command-line/format.ts';
import { type RunRecord, type WarningRecord, warning } from '../log/run-log-format.ts';
import { ownClockStepNs } from '../results/figures/checked-facts.ts';
import { gapsOf } from '../results/figures/decode-pieces.ts';
import { answerMetrics, shortAnswerTokens } from '../results/figures/metrics.ts';
import { isFarOff, median, modifiedZScores, outlierThreshold } from '../statistics/statistics.ts';
import type { AnswerRecord, TokenRecord } from '../workloads/questions/records.ts';

const fewAnswers = 5;
/** Deviations below are no outliers, however steady the rest. */
const negligible = 0.02;

/** What is known of why answers were slow, and what helps. */
function causeOf(records: readonly RunRecord[]): string {
  const quality = records.find((record) => record.type === 'certificate');
  const others = quality?.checks.find(({ name }) => name === 'others_cpu');
  switch (others?.verdict) {
    case 'doubt':
    case 'failed':
      return `others kept ${others.value?.toFixed(2) ?? 'some'} cores busy meanwhile; close what else runs and measure again, or add rounds with --iterations N`;
    case 'ok':
      return 'no other process was at work meanwhile; let them weigh less with --iterations N';
    default:
      return 'the cause is not known; let them weigh less with --iterations N';
  }
}

/** @param records of the whole run, which say why answers may be slow */
export function answerWarnings(records: readonly RunRecord[], answers: readonly AnswerRecord[]): WarningRecord[] {
  if (answers.length === 0) return [];
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
        `${slow} of ${tpots.length} answers of ${counted(shortAnswerTokens, 'tokens')} or more decoded far slower than the rest (modified z > ${outlierThreshold}) and cost ${(share * 100).toPrecision(2)} % of the decode time; ${causeOf(records)}`,
      ),
    );
  }
  return warnings;
}

/** Only the first of all is slow: it did work that the warm-up should have done. */
function firstAnswerWarning(times: number): WarningRecord {
  return warning(
    'slow_first_answer',
    `the first measured answer decoded ${times.toFixed(1)} times as slowly as the others, alone: the engine was not warm yet; give it more with --warmup N`,
  );
}

// Is the clock fine enough for the gaps that it measures? Browsers round theirs to protect their users.

/** A gap of so many ticks is known to 10 %. */
const ticksOfAGap = 10;
const noticeableShare = 0.05;

/** Tokens that came in one piece share an instant for a reason of their own: that is another warning. */
export function timerWarnings(records: readonly RunRecord[], answers: readonly AnswerRecord[]): WarningRecord[] {
  if (answers.some((answer) => answer.served !== undefined)) return [];
  const measured = new Set(answers.map(({ answer }) => answer));
  const tokens = records.filter(
    (record): record is TokenRecord => record.type === 'token' && measured.has(record.answer),
  );
  const gapsNs = gapsOf(tokens).map(({ ns }) => ns);
  if (gapsNs.length === 0) return [];
  const tickNs = ownClockStepNs(records) ?? 0;
  const short = gapsNs.filter((gapNs) => gapNs <= 0 || gapNs < ticksOfAGap * tickNs).length;
  if (short / gapsNs.length < noticeableShare) return [];
  const tick = tickNs === 0 ? '' : `, which ticks every ${(tickNs / 1000).toFixed(1)} µs`;
  return [
    warning(
      'timer_too_coarse',
      `${short} of ${gapsNs.length} gaps between tokens are too short for the clock${tick}: single gaps and their percentiles are rounding; the rates of whole answers hold, and longer answers make them finer: --ignore-eos --max-tokens N`,
    ),
  ];
}
