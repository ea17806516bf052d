/** Every decision about one series, with the gates that led to it. */
import { counted, significant } from '../../../scripts/command-line/format.ts';
import { paint } from '../../../scripts/command-line/terminal.ts';
import { fewestOfSeries } from '../../../scripts/statistics/change-point.ts';
import { probability, significanceOf } from './findings.ts';
import type { Gate } from './gates.ts';
import type { JudgedFinding, JudgedSeries } from './judge.ts';
import { changeOf, dayOf } from './report.ts';
import type { SegmentTest } from './scan.ts';
import { changeWords } from './trend-text.ts';
import { headlineOf } from './what-changed.ts';

export function explainText(series: JudgedSeries): string {
  const { history, points, tests, findings, verdict } = series;
  return [
    paint('bold', `${history.id}  ${history.title} of ${history.name}: ${verdict}`),
    ...baselineLines(series),
    ...disturbedLines(series),
    gateLine({
      passed: points.length >= fewestOfSeries,
      words: `${counted(points.length, 'points')}; a trend needs ${fewestOfSeries}, five on each side of a change`,
    }),
    ...tests.flatMap((test) => searchLines(test, series)),
    ...findings.flatMap((finding) => findingLines(finding, series)),
  ].join('\n');
}

function baselineLines({ history: { points }, blessing, past }: JudgedSeries): string[] {
  const [first, last] = [points[0], points.at(-1)];
  const span =
    first === undefined || last === undefined ? [] : [`Points from ${dayOf(first.at)} to ${dayOf(last.at)}.`];
  if (blessing === undefined) return span;
  return [
    ...span,
    `Judged from ${blessing.from} on, ${counted(past.length, 'points')} before it left aside: blessed by ${blessing.by} on ${dayOf(blessing.at)}, "${blessing.reason}".`,
  ];
}

function disturbedLines({ disturbed }: JudgedSeries): string[] {
  return disturbed.map(
    ({ at, value, runs, disturbed: why }) =>
      `Left out: ${at}, ${significant(value)}, ${counted(runs.length, 'runs')}, ${why}.`,
  );
}

function searchLines(test: SegmentTest, { points }: JudgedSeries): string[] {
  const { from, to, movement } = test;
  const { step, drift, misfit, kind } = movement;
  const at = points[from + step.at]?.at ?? '';
  const how =
    step.settledBy === 'bound'
      ? 'an upper bound, which is enough'
      : `${step.exceedances} of ${counted(step.permutations, 'orders')} drawn at random have a split as strong`;
  return [
    '',
    paint('bold', `Points ${from + 1} to ${to}`),
    `  strongest split before point ${from + step.at + 1} (${at}): rank sum ${Math.abs(step.z).toFixed(2)} deviations from its mean; p ${probability(step.p)}: ${how}`,
    `  drift (Mann-Kendall): p ${probability(drift.p)}`,
    misfit === null
      ? `  neither is worth fitting`
      : `  the ${kind} fits better: criterion ${misfit[kind].toFixed(1)} against ${misfit[kind === 'step' ? 'drift' : 'step'].toFixed(1)}`,
    gateLine(significanceOf(test)),
  ];
}

function findingLines(finding: JudgedFinding, { history: { unit } }: JudgedSeries): string[] {
  const { kind, at, told, gates, verdict, point, changed, isNear } = finding;
  const where = kind === 'step' ? `Step before point ${at + 1}` : `Drift from point ${at + 1} on`;
  return [
    '',
    paint(
      'bold',
      `${where} (${point.at}), ${changeWords(changeOf(finding))} in ${unit || 'the figure'}: ${told ? verdict : 'not told'}`,
    ),
    ...gates.map(gateLine),
    `  ${headlineOf(changed, isNear)}`,
  ];
}

function gateLine({ passed, words }: Pick<Gate, 'passed' | 'words'>): string {
  return `  ${passed ? paint('green', 'passed') : paint('red', 'failed')}  ${words}`;
}
