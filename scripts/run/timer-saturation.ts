/** Is the clock fine enough for the gaps that it measures? Browsers round theirs to protect their users. */

import type { RunRecord, WarningRecord } from '../log/run-log-format.ts';
import { gapsOf } from '../results/figures/decode-pieces.ts';
import { ownClockStepNs } from '../results/figures/run-facts.ts';
import type { AnswerRecord, TokenRecord } from '../workloads/questions/records.ts';

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
    {
      type: 'warning',
      code: 'timer_too_coarse',
      message: `${short} of ${gapsNs.length} gaps between tokens are too short for the clock${tick}: single gaps and their percentiles are rounding; the rates of whole answers hold, and longer answers make them finer: --ignore-eos --max-tokens N`,
    },
  ];
}
