/**
 * JUnit's XML, which CI systems show as tests: a test case is a metric of a cell, or a run. Only a confirmed regression of a primary
 * metric is a failure. Source: the schema of the Jenkins xUnit plugin, junit-10.xsd.
 */
import { escapeXml } from '../../scripts/command-line/xml-text.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import { groupBy } from '../analysis/group-by.ts';
import type { GateReport, GateRow } from '../regressions/gate-report.ts';
import { ratioWords, valuesWords, verdictWords } from './comment/row-words.ts';
import type { ExportFormat, MeasuredRuns } from './format.ts';
import { cellName } from './run-cells.ts';

interface TestCase {
  suite: string;
  name: string;
  seconds: number | null;
  outcome: { element: 'failure' | 'error' | 'skipped'; message: string; details: string } | null;
  /** What a reader of a passed test may want to know. */
  output: string;
}

export const junit: ExportFormat = {
  name: 'junit',
  help: 'JUnit XML: a test case per metric of a cell of the gate, or per run',
  ofRuns: ({ runs }: MeasuredRuns) => document('tokenlap runs', runs.map(runCase)),
  ofGate: (report: GateReport) => document('tokenlap gate', report.rows.map(gateCase)),
};

function gateCase(row: GateRow): TestCase {
  const words = `${verdictWords(row)}: ${valuesWords(row)}, head / base ${ratioWords(row)}`;
  const details = [words, ...row.changed.map((change) => `differs: ${change}`), `repeat: ${row.command}`].join('\n');
  const failed = row.verdict === 'regression' && row.primary;
  return {
    suite: row.cell,
    name: row.title,
    seconds: null,
    outcome: failed
      ? { element: 'failure', message: words, details }
      : row.verdict === 'insufficient'
        ? { element: 'skipped', message: words, details: '' }
        : null,
    output: failed ? '' : details,
  };
}

function runCase(run: RunRow): TestCase {
  const details = [run.remedy, run.log].filter((text) => text !== null).join('\n');
  const message = `${run.status}${run.error === null ? '' : `: ${run.error}`}`;
  const element = run.status === 'missing' ? 'skipped' : 'error';
  return {
    suite: cellName(run),
    name: run.uuid ?? 'run',
    seconds: run.total_time_ms === null ? null : run.total_time_ms / 1000,
    outcome: run.status === 'completed' ? null : { element, message, details: element === 'error' ? details : '' },
    output: run.log ?? '',
  };
}

function document(name: string, cases: readonly TestCase[]): string {
  const lines = groupBy(cases, ({ suite }) => [suite]).flatMap((members) => [
    `  <testsuite ${attributes({ name: members[0].suite, ...counts(members) })}>`,
    ...members.flatMap(caseLines),
    '  </testsuite>',
  ]);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${attributes({ name, ...counts(cases) })}>`,
    ...lines,
    '</testsuites>',
    '',
  ].join('\n');
}

function counts(cases: readonly TestCase[]): Record<string, string> {
  const ending = (element: string) => String(cases.filter(({ outcome }) => outcome?.element === element).length);
  return {
    tests: String(cases.length),
    failures: ending('failure'),
    errors: ending('error'),
    skipped: ending('skipped'),
    time: cases.reduce((total, { seconds }) => total + (seconds ?? 0), 0).toFixed(3),
  };
}

function caseLines({ suite, name, seconds, outcome, output }: TestCase): string[] {
  const open = `    <testcase ${attributes({ classname: suite, name, time: (seconds ?? 0).toFixed(3) })}`;
  const inner = [
    ...(outcome === null
      ? []
      : [
          `      <${outcome.element} ${attributes({ message: outcome.message })}>${escapeXml(outcome.details)}</${outcome.element}>`,
        ]),
    ...(output === '' ? [] : [`      <system-out>${escapeXml(output)}</system-out>`]),
  ];
  return inner.length === 0 ? [`${open}/>`] : [`${open}>`, ...inner, '    </testcase>'];
}

/** Line breaks in an attribute would be read as blanks. */
function attributes(values: Record<string, string>): string {
  return Object.entries(values)
    .map(([key, value]) => `${key}="${escapeXml(value).replaceAll('\n', '&#10;').replaceAll('\t', '&#9;')}"`)
    .join(' ');
}
