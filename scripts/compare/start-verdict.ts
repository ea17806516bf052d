/** What `npm start` says of its two comparisons: whether the answers are right, who decodes how much faster, and what it means for a user. */

import { counted, milliseconds, significant } from '../command-line/format.ts';
import { commandAgain, shellLine, startWords } from '../command-line/shell-line.ts';
import { paint } from '../command-line/terminal.ts';
import { frameworkNamed } from '../frameworks/registry.ts';
import { answerTime, longAnswerTokens } from '../results/figures/long-answer.ts';
import { notRunTable } from '../run/refusal.ts';
import type { Interval } from '../statistics/statistics.ts';
import { fewestForVerdict } from '../statistics/verdict.ts';
import type { ComparedTrial } from '../workloads/trials.ts';
import type { ComparisonResult, ComparisonRow } from './comparison.ts';
import { comparisonText, runsNeeded } from './comparison-text.ts';
import { speedWords } from './start-plan.ts';

/** Of each framework, how many answers of the embedded model are the ones it was trained on, word for word. */
export function answersText({ classes, notRun }: ComparisonResult): string {
  const answered = classes.flatMap(({ rows }) =>
    rows.flatMap(({ framework, correct }) => (correct === null ? [] : [`${titleOf(framework)} ${correct}`])),
  );
  return [
    `${paint('bold', 'Answers')} of the embedded model, right word for word: ${answered.length === 0 ? 'none' : answered.join(', ')}`,
    ...(notRun.length === 0 ? [] : [notRunTable(notRun)]),
  ].join('\n');
}

/** Table, verdict, what it means, and what to type for more. */
export function speedText(comparison: ComparisonResult, cells: readonly ComparedTrial[], output: string): string {
  const rows = comparison.classes.flatMap((one) => one.rows);
  return [
    comparisonText(comparison),
    '',
    ...verdictLines(rows),
    ...leftOutLines(cells, rows, output),
    moreLine(runsNeeded(comparison)),
  ].join('\n');
}

/** Who decodes how much faster than each of the others, and how long an answer takes with each. */
export function verdictLines(rows: readonly ComparisonRow[]): string[] {
  const ranked = rows.filter(({ unranked }) => unranked === null);
  const fastest = ranked.find(({ against }) => against === null);
  if (fastest === undefined) return ['Nothing was measured that can be ranked.'];
  const others = ranked.filter((row) => row !== fastest);
  return [paint('bold', verdictSentence(fastest, others)), answerSentence(ranked)];
}

function verdictSentence(fastest: ComparisonRow, others: readonly ComparisonRow[]): string {
  const name = titleOf(fastest.framework);
  const rate = `${significant(fastest.tokensPerSecond.center)} tokens/s`;
  if (others.length === 0) return `${name} decodes ${rate}, and there is nothing to compare it with.`;
  const slower = others.filter(({ against }) => against?.verdict === 'lower');
  const equal = others.filter(({ against }) => against?.verdict === 'no detectable difference');
  const unsure = others.filter((row) => !slower.includes(row) && !equal.includes(row));
  return [
    ...(slower.length === 0
      ? []
      : [`${name} decodes ${slower.map(timesAsFast).join(' and ')}, in ${counted(fastest.runs, 'runs')} of each.`]),
    ...equal.map((row) => equalSentence(name, row)),
    ...(unsure.length === 0
      ? []
      : [`Too few runs to say more of ${unsure.map((row) => titleOf(row.framework)).join(', ')}.`]),
  ].join(' ');
}

/** The ratio of the other way round: a comparison says how fast a row is against the fastest. */
function timesAsFast({ framework, against }: ComparisonRow): string {
  const { ratio = Number.NaN, interval = null } = against ?? {};
  const times = `${significant(1 / ratio)}× as fast as ${titleOf(framework)}`;
  return interval === null ? times : `${times} (95 % interval ${intervalText(inverse(interval))})`;
}

function equalSentence(fastest: string, { framework, against, runs }: ComparisonRow): string {
  const smallest = against?.smallestDetectable;
  const found =
    smallest === null || smallest === undefined ? '' : `; one of ${significant(100 * smallest, 2)} % would have been`;
  return `No difference in decoding between ${fastest} and ${titleOf(framework)} could be told from the noise of this machine in ${counted(runs, 'runs')} of each${found}.`;
}

function answerSentence(rows: readonly ComparisonRow[]): string {
  const times = rows.map(({ framework, ttftMs, tokensPerSecond }) => {
    const answerMs = answerTime(ttftMs?.center ?? 0, 1000 / tokensPerSecond.center);
    return `${milliseconds(answerMs)} with ${titleOf(framework)}`;
  });
  return `At these rates, an answer of ${longAnswerTokens} tokens takes ${times.join(', ')}. The weights are random: the speed is that of the shape, and the answers mean nothing.`;
}

/** Whoever was too slow for the time that there was, with the command that measures it nevertheless. */
function leftOutLines(cells: readonly ComparedTrial[], rows: readonly ComparisonRow[], output: string): string[] {
  const [fastest] = rows.filter(({ unranked }) => unranked === null);
  return cells.flatMap(({ framework, leftOutAfterMs }) => {
    if (leftOutAfterMs === undefined) return [];
    const beside = fastest === undefined ? framework : `${fastest.framework},${framework}`;
    const words = speedWords({ output, frameworks: beside, iterations: fewestForVerdict });
    const command = shellLine([...startWords('scripts/benchmark.ts'), ...words]);
    return `${titleOf(framework)} took ${milliseconds(leftOutAfterMs)} for a run, too long for the time that there is, and was left out after it. To measure it: ${command}`;
  });
}

function moreLine(needed: number | null): string {
  if (needed !== null) return `For a verdict: ${commandAgain({ iterations: needed })}`;
  const another = shellLine([
    ...startWords('scripts/benchmark.ts'),
    '--size',
    '1B',
    '--synthetic',
    '--quantize',
    'q4_0',
  ]);
  return `For smaller differences: ${commandAgain({ budget: 300 })}. For a larger model: ${another}`;
}

function titleOf(framework: string): string {
  return frameworkNamed(framework).title;
}

function inverse({ low, high }: Interval): Interval {
  return { low: 1 / high, high: 1 / low };
}

function intervalText({ low, high }: Interval): string {
  return `${significant(low)}× to ${significant(high)}×`;
}
