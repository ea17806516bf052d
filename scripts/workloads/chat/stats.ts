/** Timings of answers, as /stats and the line under each answer show them. */
import { counted, milliseconds, significant } from '../../command-line/format.ts';
import { table } from '../../command-line/terminal.ts';
import { answerMetrics, runRates } from '../../results/figures/metrics.ts';
import type { AnswerRecord } from '../questions/records.ts';

export function answerLine(answer: AnswerRecord): string {
  const { ttftMs, decodeTokensPerSecond } = answerMetrics(answer);
  const parts = [
    `${counted(answer.tokens, 'tokens')}`,
    ...(ttftMs === null ? [] : [`TTFT ${milliseconds(ttftMs)}`]),
    ...(decodeTokensPerSecond === null ? [] : [`${significant(decodeTokensPerSecond)} tokens/s`]),
    ...(answer.cachedPromptTokens > 0
      ? [`${answer.cachedPromptTokens} of ${answer.promptTokens} prompt tokens cached`]
      : []),
    ...(answer.stop === 'length' ? ['cut at --max-tokens'] : []),
    ...(answer.stop === 'cancelled' ? ['stopped'] : []),
  ];
  return parts.join(', ');
}

export function statsTable(answers: readonly AnswerRecord[]): string {
  if (answers.length === 0) return 'No answers yet.';
  const cell = (value: number | null) => (value === null ? '-' : significant(value));
  const rows = answers.map((answer, i) => {
    const metrics = answerMetrics(answer);
    return [
      String(i + 1),
      String(answer.promptTokens),
      String(answer.cachedPromptTokens),
      String(answer.tokens),
      cell(metrics.ttftMs),
      cell(metrics.tpotMs),
      cell(metrics.decodeTokensPerSecond),
    ];
  });
  const totals = runRates(answers);
  return [
    table(['answer', 'prompt', 'cached', 'tokens', 'TTFT (ms)', 'TPOT (ms)', 'decode (tokens/s)'], rows),
    `All answers together: ${cell(totals.decodeTokensPerSecond)} tokens/s decode, ${cell(totals.prefillTokensPerSecond)} tokens/s prefill.`,
  ].join('\n');
}
