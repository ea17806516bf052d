/** Each format beside what its readers need, by hand or through a parser that is not ours. */
import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { customBiggerIsBetter, customSmallerIsBetter } from '../../../collate/exports/custom-benchmark.ts';
import { exportedGateSchema, exportedRunsSchema, json } from '../../../collate/exports/json.ts';
import { junit } from '../../../collate/exports/junit.ts';
import { prometheus } from '../../../collate/exports/metrics/prometheus.ts';
import { runCells } from '../../../collate/exports/run-cells.ts';
import type { GateReport } from '../../../collate/regressions/gate-report.ts';
import type { RunRow } from '../../../scripts/results/runs/runs.ts';
import { hostileTexts } from '../../fakes/hostile-text.ts';
import { aRun } from '../run-rows.ts';
import { gateReport, gateRow, regressed } from './gate-reports.ts';

const ofRuns = (format: { ofRuns?: (runs: { output: string; runs: RunRow[] }) => unknown }, runs: RunRow[]) =>
  String(format.ofRuns?.({ output: 'none', runs }));
const ofGate = (format: { ofGate?: (report: GateReport) => string }, report: GateReport) =>
  format.ofGate?.(report) ?? '';

const verdicts = gateReport([
  regressed({ cell: 'slower' }),
  regressed({ cell: 'secondary', primary: false }),
  gateRow({ cell: 'suspected', verdict: 'candidate' }),
  gateRow({ cell: 'few', verdict: 'insufficient', runsNeeded: 83 }),
  gateRow({ cell: 'calm' }),
]);

/** Elements with their attributes and text, as Python's XML parser reads them. */
function parsedXml(xml: string): Array<{ tag: string; attributes: Record<string, string>; text: string | null }> {
  const read =
    'import sys, json; from xml.etree import ElementTree as E; print(json.dumps([{"tag": e.tag, "attributes": e.attrib, "text": e.text} for e in E.fromstring(sys.stdin.buffer.read()).iter()]))';
  return JSON.parse(execFileSync('python3', ['-c', read], { input: xml, encoding: 'utf8' }));
}

it('JUnit: only a confirmed regression of a primary metric fails, and too few runs are a skipped test', () => {
  const elements = parsedXml(ofGate(junit, verdicts));
  const [suites] = elements;
  expect(suites?.attributes).toMatchObject({ tests: '5', failures: '1', errors: '0', skipped: '1' });
  const failures = elements.filter(({ tag }) => tag === 'failure');
  expect(failures.map(({ attributes }) => attributes.message)).toEqual([
    'regression: 98.2 tokens/s → 91.4 tokens/s, head / base 0.930 [0.921, 0.939]',
  ]);
  expect(failures[0]?.text).toContain('repeat: npx tsx scripts/ci-benchmark.ts');
  const skipped = elements.filter(({ tag }) => tag === 'skipped').map(({ attributes }) => attributes.message);
  expect(skipped[0]).toContain('83 runs a side are needed');
});

it('JUnit: a run that failed is an error with its reason, one without its framework is skipped', () => {
  const runs = [
    aRun({ total_time_ms: 1500 }),
    aRun({ status: 'failed', error: 'out of memory', remedy: 'Use a smaller model.' }),
    aRun({ status: 'missing', error: 'no driver' }),
  ];
  const elements = parsedXml(ofRuns(junit, runs));
  expect(elements[0]?.attributes).toMatchObject({ tests: '3', errors: '1', skipped: '1', time: '1.500' });
  expect(elements.find(({ tag }) => tag === 'error')?.attributes.message).toBe('failed: out of memory');
});

it('JUnit: any name is text', () => {
  const rows = hostileTexts.map((name) => regressed({ cell: name, title: name, command: name, changed: [name] }));
  const elements = parsedXml(ofGate(junit, gateReport(rows)));
  expect(elements.filter(({ tag }) => tag === 'testcase').length).toBe(hostileTexts.length);
  const names = elements.filter(({ tag }) => tag === 'testcase').map(({ attributes }) => attributes.name);
  expect(names).toContain(']]>&lt;&amp;&#0;');
  expect(names).toContain('</svg></style><img src=x onerror=alert(1)>');
});

it('JSON: what was written is what the schemas promise', () => {
  const run = aRun({ decode_tokens_per_s: 61.5 });
  const runs = exportedRunsSchema.parse(JSON.parse(ofRuns(json, [run])));
  expect(runs.runs).toEqual([{ ...run }]);
  expect(runs.columns.find(({ name }) => name === 'ttft_ms')).toMatchObject({
    unit: 'ms',
    title: 'Time to first token',
  });
  expect(exportedGateSchema.parse(JSON.parse(ofGate(json, verdicts))).report).toEqual(verdicts);
});

it('github-action-benchmark: a file a direction, the same names whatever else was measured', () => {
  const runs = [60, 61, 62].map((decode_tokens_per_s) => aRun({ decode_tokens_per_s, ttft_ms: 30, session: 's' }));
  const other = aRun({ framework: 'onnx', decode_tokens_per_s: 9, ttft_ms: 99, threads: 4 });
  const bigger = JSON.parse(ofRuns(customBiggerIsBetter, runs));
  expect(bigger).toContainEqual({
    name: expect.stringMatching(/: Decode rate$/),
    unit: 'tokens/s',
    value: 61,
    range: expect.stringMatching(/^\d.* to \d/),
    extra: expect.stringContaining('median of 3 runs'),
  });
  expect(bigger.map(({ name }: { name: string }) => name.replace(/.*: /, ''))).not.toContain('Time to first token');
  const smaller = JSON.parse(ofRuns(customSmallerIsBetter, runs));
  expect(smaller).toContainEqual(
    expect.objectContaining({ name: expect.stringMatching(/: Time to first token$/), value: 30 }),
  );
  const beside = JSON.parse(ofRuns(customBiggerIsBetter, [...runs, other]));
  expect(beside).toEqual(expect.arrayContaining(bigger));
});

it('github-action-benchmark: of the gate, the values of head', () => {
  expect(JSON.parse(ofGate(customBiggerIsBetter, verdicts))[0]).toMatchObject({
    name: 'slower: Decode rate',
    value: 91.4,
  });
  expect(JSON.parse(ofGate(customSmallerIsBetter, verdicts))).toEqual([]);
});

it('a cell shows its newest session, keeps its id over versions, and leaves twins out', () => {
  const old = aRun({ started_at: '2026-01-01T00:00:00Z', session: 'a', decode_tokens_per_s: 10 });
  const next = aRun({
    started_at: '2026-02-01T00:00:00Z',
    session: 'b',
    framework_version: '2',
    decode_tokens_per_s: 20,
  });
  const twin = aRun({ started_at: '2026-02-01T00:00:01Z', session: 'b', twin: true, decode_tokens_per_s: 30 });
  const [cell, ...more] = runCells([next, twin, old]);
  expect(more).toEqual([]);
  expect(cell?.figures.find(({ column }) => column === 'decode_tokens_per_s')).toMatchObject({ value: 20, runs: 1 });
  expect(runCells([old])[0]?.id).toBe(cell?.id);
  expect(runCells([aRun({ threads: 8 })])[0]?.id).not.toBe(cell?.id);
});

/** Samples of the text format, read by its grammar: labels are unescaped. */
function samplesOf(text: string): Array<{ name: string; labels: Record<string, string>; value: number }> {
  const unescaped = (value: string) => value.replaceAll(/\\(.)/g, (_, sign) => (sign === 'n' ? '\n' : sign));
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name = '', inner = '', value = ''] =
        /^([a-zA-Z_:][\w:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (\S+)$/.exec(line) ?? [];
      expect(name, line).not.toBe('');
      const pairs = [...inner.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key, text = '']) => [
        key,
        unescaped(text),
      ]);
      return { name, labels: Object.fromEntries(pairs), value: Number(value) };
    });
}

it('Prometheus: base units, help and type once a family, no two samples alike', () => {
  const text = ofRuns(prometheus, [aRun({ ttft_ms: 25, decode_tokens_per_s: 61 }), aRun({ threads: 4, ttft_ms: 50 })]);
  const samples = samplesOf(text);
  expect(samples.find(({ name }) => name === 'tokenlap_ttft_seconds')?.value).toBe(0.025);
  expect(samples.find(({ name }) => name === 'tokenlap_decode_tokens_per_second')?.value).toBe(61);
  const families = [...text.matchAll(/^# TYPE (\S+) gauge$/gm)].map(([, name]) => name);
  expect(new Set(families).size).toBe(families.length);
  const keys = samples.map(({ name, labels }) => JSON.stringify([name, labels]));
  expect(new Set(keys).size).toBe(keys.length);
  expect(text.endsWith('\n')).toBe(true);
});

it('Prometheus: any name is the value of a label, and equal cells do not clash', () => {
  const names = [...hostileTexts, 'a"b\\c\nd', 'twice', 'twice'];
  const text = ofGate(prometheus, gateReport(names.map((cell) => gateRow({ cell }))));
  const ratios = samplesOf(text).filter(({ name }) => name === 'tokenlap_gate_ratio');
  expect(ratios.length).toBe(names.length);
  expect(new Set(ratios.map(({ labels }) => labels.cell)).size).toBe(names.length);
  expect(ratios.map(({ labels }) => labels.cell)).toContain('a"b\\c\nd');
  expect(
    samplesOf(ofGate(prometheus, verdicts)).find(({ name }) => name.endsWith('confirmed_regressions'))?.value,
  ).toBe(1);
});
