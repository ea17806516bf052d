import { expect, it } from 'vitest';
import { mlflow } from '../../../collate/exports/mlflow/mlflow.ts';
import type { RunRow } from '../../../scripts/results/runs/runs.ts';
import { mlflowServer } from '../../fakes/mlflow-server.ts';
import { aRun } from '../run-rows.ts';
import { outsideWith, type TestOutside } from './outside-world.ts';

const send = (runs: readonly RunRow[], url: string, outside: TestOutside = outsideWith()) =>
  mlflow.tracking?.send({ output: 'none', runs }, url, outside);

it('makes a run of every run: settings are parameters, figures metrics, the rest tags', async () => {
  const server = await mlflowServer();
  const run = aRun({
    started_at: '2026-11-30T00:00:00.000Z',
    decode_tokens_per_s: 61.5,
    total_time_ms: 2500.4,
    certificate: 'passed',
    log: 'llamacpp/log.txt',
  });
  expect(await send([run], server.url)).toBe('sent 1 run to the experiment tokenlap');
  expect([...server.experiments.keys()]).toEqual(['tokenlap']);
  const [tracked] = server.runs;
  expect(tracked?.status).toBe('FINISHED');
  expect(tracked?.startTime).toBe(Date.UTC(2026, 10, 30));
  expect(tracked?.endTime).toBe(Date.UTC(2026, 10, 30) + 2500);
  expect(tracked?.metrics.get('decode_tokens_per_s')).toBe(61.5);
  expect(tracked?.params.get('threads')).toBe('2');
  expect(tracked?.params.get('framework')).toBe('llamacpp');
  expect(tracked?.tags.get('tokenlap.uuid')).toBe(run.uuid);
  expect(tracked?.tags.get('tokenlap.certificate')).toBe('passed');
  expect(tracked?.tags.get('tokenlap.log')).toBe('llamacpp/log.txt');
  expect(tracked?.params.has('uuid')).toBe(false);
});

it('sends every run once, however often it is exported, over several pages', async () => {
  const server = await mlflowServer();
  const runs = Array.from({ length: 5 }, () => aRun());
  await send(runs, server.url);
  expect(await send([...runs, aRun()], server.url)).toBe('sent 1 run to the experiment tokenlap; 5 were there already');
  expect(server.runs.length).toBe(6);
  expect(new Set(server.runs.map(({ tags }) => tags.get('tokenlap.uuid'))).size).toBe(6);
});

it('finishes a run whose export was cut off, and makes no second one', async () => {
  let isBroken = true;
  const server = await mlflowServer(({ path }) =>
    isBroken && path.endsWith('log-batch') ? { status: 500, body: { message: 'disk full' } } : undefined,
  );
  const run = aRun();
  await expect(send([run], server.url)).rejects.toThrow(/MLflow refused POST .*log-batch with status 500: disk full/);
  expect(server.runs.map(({ status }) => status)).toEqual(['RUNNING']);
  isBroken = false;
  await send([run], server.url);
  expect(server.runs.map(({ status }) => status)).toEqual(['FINISHED']);
  expect(server.runs[0]?.metrics.size).toBeGreaterThan(0);
});

it.each([
  ['completed', 'FINISHED'],
  ['failed', 'FAILED'],
  ['missing', 'FAILED'],
  ['interrupted', 'KILLED'],
  ['killed', 'KILLED'],
])('a run that is %s is %s there', async (status, there) => {
  const server = await mlflowServer();
  await send([aRun({ status, error: 'why' })], server.url);
  expect(server.runs[0]?.status).toBe(there);
  expect(server.runs[0]?.tags.get('tokenlap.error')).toBe('why');
});

it('waits for a busy server and for one that cuts the connection', async () => {
  const server = await mlflowServer(({ path }, nth) => {
    if (!path.includes('get-by-name')) return undefined;
    if (nth === 1) return { status: 503, headers: { 'retry-after': '3' } };
    return nth === 2 ? null : undefined;
  });
  const outside = outsideWith();
  await send([aRun()], server.url, outside);
  expect(outside.waits).toEqual([3000, 1000]);
  expect(server.runs.length).toBe(1);
});

it('gives up with one line that names the server and never the password', async () => {
  const server = await mlflowServer(() => null);
  const address = server.url.replace('http://', 'http://ada:hunter2@');
  const failure = send([aRun()], address);
  await expect(failure).rejects.toThrow(
    /^MLflow at http:\/\/127\.0\.0\.1:\d+\/api\/.* gives no answer \(.*, 4 tries\)$/,
  );
  expect(String(await failure?.catch((error: unknown) => error))).not.toContain('hunter2');
});

it.each([
  [{ MLFLOW_TRACKING_TOKEN: 'token' }, 'Bearer token'],
  [{ MLFLOW_TRACKING_USERNAME: 'ada', MLFLOW_TRACKING_PASSWORD: 'p%:w' }, `Basic ${btoa('ada:p%:w')}`],
])('identifies itself by %j', async (environment, header) => {
  const server = await mlflowServer();
  await send([aRun()], server.url, outsideWith(environment));
  expect(new Set(server.requests.map(({ headers }) => headers.authorization))).toEqual(new Set([header]));
});

it('leaves out what is longer than MLflow takes, and says so there', async () => {
  const server = await mlflowServer();
  await send([aRun({ asked_options: 'x'.repeat(6001), error: 'y'.repeat(5001) })], server.url);
  expect(server.runs[0]?.params.has('asked_options')).toBe(false);
  expect(server.runs[0]?.tags.get('tokenlap.left_out')).toBe('error;asked_options');
});

it('says what is wrong with an experiment that was deleted, and with a server that is none', async () => {
  const server = await mlflowServer();
  server.experiments.set('mine', { id: '1', stage: 'deleted' });
  const outside = outsideWith({ MLFLOW_EXPERIMENT_NAME: 'mine' });
  await expect(send([aRun()], server.url, outside)).rejects.toThrow('the experiment mine was deleted');
  const other = await mlflowServer(() => ({ body: '<html>hello</html>' }));
  await expect(send([aRun()], other.url)).rejects.toThrow(/does not answer as MLflow does/);
});
