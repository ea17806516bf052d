/** `collate/export.ts` from the command line on: sources, receivers, and what it says where something is wrong. */
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { exportCommand } from '../../../collate/export.ts';
import { readGate } from '../../../collate/exports/gate-file.ts';
import { exportFormats } from '../../../collate/exports/registry.ts';
import { collateAll } from '../../../collate/incremental/collate-all.ts';
import { commentsApi } from '../../fakes/comments-api.ts';
import { mlflowServer } from '../../fakes/mlflow-server.ts';
import { recordingServer } from '../../fakes/recording-server.ts';
import { script } from '../../fakes/script.ts';
import { scriptHere } from '../../fakes/script-here.ts';
import { outputFolder } from '../output-folder.ts';
import { gateReport, regressed } from './gate-reports.ts';
import { outsideWith } from './outside-world.ts';

/** Two runs and a gate report. */
async function results(): Promise<string> {
  const { path, log } = outputFolder();
  log({ number: 1 });
  log({ number: 2, framework: 'onnx' });
  await collateAll({ output: path });
  writeFileSync(join(path, 'gate.json'), JSON.stringify(gateReport([regressed()])));
  return path;
}

const page = readFileSync(join(import.meta.dirname, '../../../docs/ci.md'), 'utf8');

it.each(exportFormats)('docs/ci.md says of $name what it is made of and where it goes', (format) => {
  const yes = (has: unknown) => (has === undefined ? '' : 'yes');
  const ofRuns = format.ofRuns ?? format.tracking;
  const places = [
    ...(format.tracking === undefined ? ['file'] : ['address']),
    ...(format.upload === undefined ? [] : ['address']),
    ...(format.comment === undefined ? [] : ['`pull-request`']),
  ];
  const cells = [`\`${format.name}\``, yes(ofRuns), yes(format.ofGate), places.join(', ')];
  expect(page).toContain(`|${cells.map((cell) => (cell === '' ? ' ' : ` ${cell} `)).join('|')}|`);
});

it('writes runs to standard output, and nothing else', async () => {
  const output = await results();
  const { code, stdout, stderr } = await script('collate/export.ts', ['--format', 'json', '--output', output]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(JSON.parse(stdout).runs.length).toBe(2);
});

it('takes the report of the gate from the folder, from a file, or because the format has no other source', async () => {
  const output = await results();
  const elsewhere = join(output, 'other.json');
  writeFileSync(elsewhere, JSON.stringify(gateReport([regressed({ cell: 'other' })])));
  const to = join(output, 'out/gate.xml');
  await exportCommand(['--format', 'junit', '--output', output, '--gate', '--to', to]);
  expect(readFileSync(to, 'utf8')).toContain('failures="1"');
  await exportCommand(['--format', 'junit', '--gate', elsewhere, '--to', to]);
  expect(readFileSync(to, 'utf8')).toContain('classname="other"');
  await exportCommand(['--format', 'github-comment', '--output', output, '--to', to]);
  expect(readFileSync(to, 'utf8')).toContain('<p><strong>');
  expect(readdirSync(join(output, 'out'))).toEqual(['gate.xml']);
});

it('follows a link to where it leads instead of replacing it', async () => {
  const output = await results();
  const [link, target] = [join(output, 'link'), join(output, 'target')];
  writeFileSync(target, '');
  symlinkSync(target, link);
  await exportCommand(['--format', 'junit', '--output', output, '--to', link]);
  expect(readFileSync(target, 'utf8')).toContain('<testsuites');
});

it('sends OTLP and Prometheus text as their servers take them', async () => {
  const output = await results();
  const server = await recordingServer();
  const outside = outsideWith({ OTEL_EXPORTER_OTLP_HEADERS: 'x-api-key=a%20b, x-team=core' });
  await exportCommand(['--format', 'opentelemetry', '--output', output, '--to', server.url], outside);
  await exportCommand(
    [
      '--format',
      'prometheus',
      '--output',
      output,
      '--to',
      `${server.url.replace('//', '//ada:pw@')}/metrics/job/nightly`,
    ],
    outside,
  );
  const [otlp, text] = server.requests;
  expect(otlp).toMatchObject({ method: 'POST', path: '/v1/metrics' });
  expect(otlp?.headers).toMatchObject({ 'content-type': 'application/json', 'x-api-key': 'a b', 'x-team': 'core' });
  expect(JSON.parse(otlp?.body ?? '').resourceMetrics.length).toBe(1);
  expect(text).toMatchObject({ method: 'PUT', path: '/metrics/job/nightly' });
  expect(text?.headers.authorization).toBe(`Basic ${btoa('ada:pw')}`);
  expect(text?.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(text?.body).toMatch(/^# HELP tokenlap_/);
});

it('a server that refuses is one line with what it said; a redirection is not followed', async () => {
  const output = await results();
  const refusing = await recordingServer(() => ({ status: 400, body: { message: 'bad label\n\u001b[31m' } }));
  const call = (to: string) => exportCommand(['--format', 'prometheus', '--output', output, '--to', to], outsideWith());
  await expect(call(refusing.url)).rejects.toThrow(/prometheus refused PUT .* with status 400: bad label/);
  const other = await recordingServer();
  const redirecting = await recordingServer(() => ({ status: 307, headers: { location: other.url } }));
  await expect(call(redirecting.url)).rejects.toThrow(/with status 307/);
  expect(other.requests).toEqual([]);
});

it('comments, and tracks runs at the address in the variable', async () => {
  const output = await results();
  const api = await commentsApi();
  const comment = ['--format', 'github-comment', '--output', output, '--to', 'pull-request:7'];
  await exportCommand(comment, outsideWith(api.environment));
  expect(api.comments.length).toBe(1);
  const server = await mlflowServer();
  await exportCommand(['--format', 'mlflow', '--output', output], outsideWith({ MLFLOW_TRACKING_URI: server.url }));
  expect(server.runs.length).toBe(2);
});

it('says as JSON what was done', async () => {
  const output = await results();
  const to = join(output, 'x.xml');
  const { stdout } = await scriptHere('collate/export.ts', [
    '--format',
    'junit',
    '--output',
    output,
    '--to',
    to,
    '--json',
  ]);
  expect(JSON.parse(stdout)).toEqual({ format: 'junit', to, done: expect.stringContaining(`wrote ${to}`) });
});

it.each([
  [['--format', 'junt'], /Did you mean junit/],
  [['--format', 'junit', '--json'], /--json says what was sent where/],
  [['--format', 'mlflow'], /mlflow needs the address of its server/],
  [['--format', 'mlflow', '--to', 'file.db'], /"file.db" is no address of a server/],
  [['--format', 'junit', '--to', 'http://127.0.0.1:1/'], /junit goes to no server/],
  [['--format', 'junit', '--to', 'pull-request'], /junit is no comment/],
  [['--format', 'prometheus', '--to', 'http://'], /is no address/],
  [['--format', 'mlflow', '--gate', '--to', 'http://127.0.0.1:1'], /mlflow is not made of a report of the gate/],
])('%j: %s', async (words, message) => {
  await expect(exportCommand([...words, '--output', 'no-such-folder'], outsideWith())).rejects.toThrow(message);
});

it.each([
  ['', /is no gate report/],
  ['{"rows": 3}', /is no gate report: question: /],
  [JSON.stringify({ ...gateReport(), rows: [{ ...regressed(), verdict: 'fine' }] }), /rows\.0\.verdict/],
])('a gate.json of %j is no report', async (content, message) => {
  const { path } = outputFolder();
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'gate.json'), content);
  await expect(exportCommand(['--format', 'json', '--gate', '--output', path])).rejects.toThrow(message);
});

it('a bound of an interval that is infinite, which JSON writes as null, leaves the row without one', async () => {
  const { path } = outputFolder();
  mkdirSync(path, { recursive: true });
  const ratio = { center: 0.93, interval: { low: 0, high: Number.POSITIVE_INFINITY }, level: 0.05 };
  const gate = join(path, 'gate.json');
  writeFileSync(gate, JSON.stringify(gateReport([regressed({ ratio })])));
  expect(readGate(gate).rows[0]?.ratio).toEqual({ center: 0.93, interval: null, level: 0.05 });
});

it('a folder without results says what to do, and no file is left', async () => {
  const { path } = outputFolder();
  const to = join(path, 'x.json');
  await expect(exportCommand(['--format', 'json', '--output', path, '--to', to])).rejects.toThrow(
    /nothing has been collated/,
  );
  await expect(exportCommand(['--format', 'github-comment', '--output', path, '--to', to])).rejects.toThrow(
    /gate\.json/,
  );
  expect(existsSync(to)).toBe(false);
});
