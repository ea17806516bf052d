/** A comparison as a person reads it in the terminal. */
import { bytes, percent, significant } from '../command-line/format.ts';
import { paint, table } from '../command-line/terminal.ts';
import { titleOfFramework } from '../frameworks/registry.ts';
import { driftText, noiseFloorText } from '../log/statistics-text.ts';
import { qualityTextOfAll } from '../run/quality/quality-text.ts';
import { notRunTable } from '../run/refusal.ts';
import { notable } from '../statistics/session-drift.ts';
import type { Interval } from '../statistics/statistics.ts';
import { type Comparison, fewestForVerdict } from '../statistics/verdict.ts';
import { divergenceText, verdictText as parityVerdictText, referenceText } from '../workloads/parity/parity-text.ts';
import type { ComparisonClass, ComparisonResult, ComparisonRow } from './comparison.ts';

export function comparisonText(result: ComparisonResult): string {
  const parts = result.classes.map((one) =>
    [paint('bold', `${one.weightClass} weights`), classTable(one, result.metric), ...unlikeLines(one)].join('\n'),
  );
  if (result.references.length > 0) parts.unshift(...result.references.map(referenceText));
  else if (result.classes.length > 0) parts.unshift('Parity was not checked: only what has equal outputs is ranked.');
  const quality = qualityAndNoiseText(result);
  if (quality !== '') parts.push(quality);
  if (result.notJudged.length > 0) {
    parts.push(`${paint('bold', 'Parity not judged')}\n${notRunTable(result.notJudged)}`);
  }
  if (result.notRun.length > 0) {
    parts.push(`${paint('bold', 'Did not run')}\n${notRunTable(result.notRun)}`);
  }
  return parts.join('\n\n');
}

/** What the machine did meanwhile, and which differences it can resolve. */
function qualityAndNoiseText({ certificates, noiseFloor, replaced, drift, metric }: ComparisonResult): string {
  const text = qualityTextOfAll(certificates);
  const lines = [
    ...(text === null ? [] : [`run quality: ${text}`]),
    ...(replaced.length === 0
      ? []
      : [
          `repeated: ${replaced.length} ${replaced.length === 1 ? 'run' : 'runs'} failed and gave way to a better one; the logs are kept, marked, and left out of the comparison`,
        ]),
    ...(noiseFloor === null ? [] : [`noise floor of this host: ${noiseFloorText(noiseFloor)}`]),
    ...notable(drift === null ? [] : [drift]).map((one) => driftText(one, `${metric} rates`)),
  ];
  return lines.join('\n');
}

function classTable({ rows }: ComparisonClass, metric: ComparisonResult['metric']): string {
  const header = [
    'framework',
    'weights',
    'runs',
    `${metric} (tokens/s)`,
    '95 %',
    'TTFT (ms)',
    'prefill (tokens/s)',
    'peak memory',
    'correct',
    'parity',
    'against the fastest',
  ];
  return table(
    header,
    rows.map((row) => [
      titleOfFramework(row.framework),
      row.quantize,
      row.notWarm === 0 ? String(row.runs) : `${row.runs}, ${row.notWarm} not warm`,
      significant(row.tokensPerSecond.center),
      intervalText(row.tokensPerSecond.interval),
      row.ttftMs === null ? '-' : significant(row.ttftMs.center),
      prefillCell(row),
      row.peakBytes === null ? '-' : bytes(row.peakBytes),
      row.correct ?? '-',
      parityCell(row),
      verdictText(row, rows),
    ]),
    'llrrrrrrrll',
    { dropFirst: ['correct', 'prefill (tokens/s)', 'peak memory', 'TTFT (ms)', '95 %', 'parity', 'runs'] },
  );
}

/** What contenders of a class do not have in common, beside the table that compares them. */
function unlikeLines({ rows }: ComparisonClass): string[] {
  return rows.flatMap(({ framework, quantize, computesWith }) =>
    computesWith.length === 0 ? [] : [`${titleOfFramework(framework)} ${quantize}: ${computesWith.join(', ')}`],
  );
}

function prefillCell({ prefillTokensPerSecond: rate, prefillIsLowerBound }: ComparisonRow): string {
  return rate === null ? '-' : `${prefillIsLowerBound ? '≥ ' : ''}${significant(rate.center)}`;
}

/** Passed, or where the answers first part. */
function parityCell({ parity }: ComparisonRow): string {
  if (parity === null) return '-';
  if (parity.status === 'not judged') return 'not judged';
  const { firstDivergence } = parity.figures;
  if (parity.status === 'passed' || firstDivergence === null) return parityVerdictText(parity);
  return `failed at ${divergenceText(firstDivergence)}`;
}

function verdictText({ against, unranked }: ComparisonRow, rows: readonly ComparisonRow[]): string {
  if (unranked !== null) return `not ranked: ${unranked}`;
  if (rows.length === 1) return 'alone in its class';
  if (against === null) return rankedOf(rows) === 1 ? 'the only one ranked' : 'fastest';
  const ratio = `${significant(against.ratio)}x${against.interval === null ? '' : ` (${intervalText(against.interval)})`}`;
  switch (against.verdict) {
    case 'lower':
      return `${ratio}, slower`;
    case 'higher':
      return `${ratio}, faster`;
    case 'no detectable difference':
      return `${ratio}, no detectable difference (the smallest here is ${against.smallestDetectable === null ? 'unknown' : percent(against.smallestDetectable)}${moreRuns(against)})`;
    case 'too few runs':
      return `${ratio}, too few runs to say: ${against.roundsNeeded ?? fewestForVerdict} each are needed`;
    default:
      return against.verdict satisfies never;
  }
}

/** How many runs of each a verdict takes; null where there is one, or nothing to say it of. */
export function runsNeeded({ classes }: ComparisonResult): number | null {
  const needed = classes.flatMap(({ rows }) =>
    rows.flatMap(({ against }) =>
      against?.verdict === 'too few runs' ? [against.roundsNeeded ?? fewestForVerdict] : [],
    ),
  );
  return needed.length === 0 ? null : Math.max(...needed);
}

function rankedOf(rows: readonly ComparisonRow[]): number {
  return rows.filter(({ unranked }) => unranked === null).length;
}

/** How many rounds would decide, if the difference is as large as it looks. */
function moreRuns({ roundsNeeded }: Comparison): string {
  return roundsNeeded === null ? '' : `; one as large as this takes --iterations ${roundsNeeded}`;
}

function intervalText(interval: Interval | null): string {
  return interval === null ? '-' : `${significant(interval.low)} to ${significant(interval.high)}`;
}
