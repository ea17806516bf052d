/**
 * MLflow's tracking server: every run of the table becomes a run there, once, however often it is exported.
 * Source: mlflow.org/docs/latest/api_reference/rest-api.html, version 2.0 of the interface, which MLflow 2 and 3 have.
 */
import { z } from 'zod';
import { type UserError, usageError } from '../../../scripts/command-line/errors.ts';
import { parseJson } from '../../../scripts/command-line/files/text-file.ts';
import { counted } from '../../../scripts/command-line/format.ts';
import { progress } from '../../../scripts/command-line/progress.ts';
import { isInteractive } from '../../../scripts/command-line/terminal.ts';
import type { RunRow } from '../../../scripts/results/runs/runs.ts';
import type { ExportFormat, MeasuredRuns } from '../format.ts';
import type { Outside } from '../outside.ts';
import {
  basicAuthorization,
  type Headers,
  refusal,
  request,
  type ServerAnswer,
  type ServerRequest,
  serverUrl,
  withoutPassword,
} from '../server-request.ts';
import { runEntities, runName, statusOf, timesOf, uuidTag } from './run-entities.ts';

export const mlflow: ExportFormat = {
  name: 'mlflow',
  help: 'MLflow tracking server: every run with its settings, figures and tags',
  tracking: { addressVariable: 'MLFLOW_TRACKING_URI', send: trackRuns },
};

/** In one request; MLflow's own limits. */
const batch = { params: 100, metrics: 1000, tags: 100 };
const runsPerPage = 1000;
const mostPages = 1000;

async function trackRuns({ runs }: MeasuredRuns, url: string, outside: Outside): Promise<string> {
  const server = new Mlflow(url, outside);
  const experiment = outside.environment.MLFLOW_EXPERIMENT_NAME || 'tokenlap';
  const id = await server.experimentId(experiment);
  const known = await server.knownRuns(id);
  const missing = runs.filter(({ uuid }) => known.get(uuid ?? '')?.ended !== true);
  const line = isInteractive(process.stderr) ? progress('sending runs to MLflow') : null;
  try {
    for (const [i, run] of missing.entries()) {
      await server.send(run, id, known.get(run.uuid ?? '')?.runId ?? null);
      line?.update(i + 1, missing.length);
    }
  } finally {
    line?.end();
  }
  const there = runs.length - missing.length;
  return `sent ${counted(missing.length, 'runs')} to the experiment ${experiment}${there === 0 ? '' : `; ${there} were there already`}`;
}

const experimentSchema = z.object({
  experiment: z.object({ experiment_id: z.string(), lifecycle_stage: z.string().optional() }),
});
const createdExperimentSchema = z.object({ experiment_id: z.string() });
const createdRunSchema = z.object({ run: z.object({ info: z.object({ run_id: z.string() }) }) });
const pageSchema = z.object({
  runs: z
    .array(
      z.object({
        info: z.object({ run_id: z.string(), status: z.string().optional() }),
        data: z.object({ tags: z.array(z.object({ key: z.string(), value: z.string() })).default([]) }).optional(),
      }),
    )
    .default([]),
  next_page_token: z.string().optional(),
});

interface KnownRun {
  runId: string;
  /** False where an export was cut off before the run was whole. */
  ended: boolean;
}

class Mlflow {
  readonly #base: string;
  readonly #headers: Headers;
  readonly #outside: Outside;

  constructor(url: string, outside: Outside) {
    const address = serverUrl(url, 'an MLflow tracking server');
    this.#headers = { 'content-type': 'application/json', ...authorization(address, outside.environment) };
    this.#base = `${withoutPassword(address).replace(/\/+$/, '')}/api/2.0/mlflow`;
    this.#outside = outside;
  }

  /** Made where it is not there. @throws UserError where it was deleted */
  async experimentId(name: string): Promise<string> {
    const path = `experiments/get-by-name?experiment_name=${encodeURIComponent(name)}`;
    const asked = this.#asked('GET', path);
    const answer = await request(this.#outside, asked);
    if (answer.status === 404) {
      return this.#read(createdExperimentSchema, await this.#call('experiments/create', { name }, false)).experiment_id;
    }
    if (answer.status !== 200) throw this.#refused(asked, answer);
    const { experiment } = this.#read(experimentSchema, answer);
    if (experiment.lifecycle_stage === 'deleted') {
      throw usageError(
        `the experiment ${name} was deleted on this MLflow server`,
        'Restore it there, or name another one with MLFLOW_EXPERIMENT_NAME.',
      );
    }
    return experiment.experiment_id;
  }

  /** Runs that were exported before, by our uuid. */
  async knownRuns(experimentId: string): Promise<Map<string, KnownRun>> {
    const known = new Map<string, KnownRun>();
    let token: string | undefined;
    for (let page = 0; page < mostPages; page++) {
      const body = {
        experiment_ids: [experimentId],
        max_results: runsPerPage,
        ...(token === undefined ? {} : { page_token: token }),
      };
      const { runs, next_page_token: next } = this.#read(pageSchema, await this.#call('runs/search', body));
      for (const { info, data } of runs) {
        const uuid = data?.tags.find(({ key }) => key === uuidTag)?.value;
        if (uuid !== undefined) known.set(uuid, { runId: info.run_id, ended: info.status !== 'RUNNING' });
      }
      if (next === undefined || next === '') break;
      token = next;
    }
    return known;
  }

  /** It ends last, so that one that has ended is whole. @param begun what is there of it from an export that was cut off */
  async send(run: RunRow, experimentId: string, begun: string | null): Promise<void> {
    const { timestamp, end } = timesOf(run);
    const { params, metrics, tags } = runEntities(run);
    const runId = begun ?? (await this.#create(run, experimentId, timestamp));
    const requests = Math.max(
      Math.ceil(params.length / batch.params),
      Math.ceil(metrics.length / batch.metrics),
      Math.ceil(tags.length / batch.tags),
    );
    for (let i = 0; i < requests; i++) {
      await this.#call('runs/log-batch', {
        run_id: runId,
        params: params.slice(i * batch.params, (i + 1) * batch.params),
        metrics: metrics.slice(i * batch.metrics, (i + 1) * batch.metrics),
        tags: tags.slice(i * batch.tags, (i + 1) * batch.tags),
      });
    }
    await this.#call('runs/update', { run_id: runId, status: statusOf(run), end_time: end });
  }

  async #create(run: RunRow, experimentId: string, startTime: number): Promise<string> {
    const body = {
      experiment_id: experimentId,
      run_name: runName(run),
      start_time: startTime,
      tags: [
        { key: uuidTag, value: run.uuid ?? '' },
        { key: 'mlflow.source.name', value: run.script ?? 'tokenlap' },
        { key: 'mlflow.user', value: run.username ?? '' },
      ],
    };
    return this.#read(createdRunSchema, await this.#call('runs/create', body, false)).run.info.run_id;
  }

  async #call(path: string, body: object, repeatable = true): Promise<ServerAnswer> {
    const asked = { ...this.#asked('POST', path), body: JSON.stringify(body), repeatable };
    const answer = await request(this.#outside, asked);
    if (answer.status !== 200) throw this.#refused(asked, answer);
    return answer;
  }

  #asked(method: 'GET' | 'POST', path: string): ServerRequest {
    return { server: 'MLflow', method, url: `${this.#base}/${path}`, headers: this.#headers };
  }

  #refused(asked: ServerRequest, answer: ServerAnswer): UserError {
    return refusal(
      asked,
      answer,
      answer.status === 401 || answer.status === 403
        ? 'Set MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD.'
        : 'Check that the address is that of an MLflow tracking server; what has arrived is not sent twice.',
    );
  }

  #read<T>(schema: z.ZodType<T>, { text }: ServerAnswer): T {
    let value: unknown;
    try {
      value = parseJson(text);
    } catch {
      value = undefined;
    }
    const read = schema.safeParse(value);
    if (read.success) return read.data;
    throw usageError(
      `${this.#base} does not answer as MLflow does`,
      'Give the address of the tracking server, as in MLFLOW_TRACKING_URI.',
    );
  }
}

/** The names of MLflow's own client; a name and password in the address stand in for them. */
function authorization(address: URL, environment: NodeJS.ProcessEnv): Headers {
  const { MLFLOW_TRACKING_TOKEN: token, MLFLOW_TRACKING_USERNAME: username } = environment;
  if (token) return { authorization: `Bearer ${token}` };
  if (!username) return basicAuthorization(address);
  return basicAuthorization({
    username: encodeURIComponent(username),
    password: encodeURIComponent(environment.MLFLOW_TRACKING_PASSWORD ?? ''),
  });
}
