/** The part of MLflow's tracking server that we use, in this process: it keeps what it is sent and enforces MLflow's limits. */
import { type Recorded, type RecordingServer, type Reply, recordingServer } from './recording-server.ts';

interface TrackedRun {
  id: string;
  name: string;
  status: string;
  startTime: number;
  endTime: number | null;
  params: Map<string, string>;
  metrics: Map<string, number>;
  tags: Map<string, string>;
}

export interface MlflowServer extends RecordingServer {
  experiments: Map<string, { id: string; stage: string }>;
  runs: TrackedRun[];
}

interface Pair<Value> {
  key: string;
  value: Value;
}

interface Body {
  name?: string;
  run_name?: string;
  run_id?: string;
  status?: string;
  start_time?: number;
  end_time?: number;
  page_token?: string;
  tags?: Array<Pair<string>>;
  params?: Array<Pair<string>>;
  metrics?: Array<Pair<number>>;
}

const pageSize = 2;
const invalid = (message: string): Reply => ({ status: 400, body: { error_code: 'INVALID_PARAMETER_VALUE', message } });
const none: Reply = { status: 404, body: { error_code: 'RESOURCE_DOES_NOT_EXIST', message: 'none of that name' } };

/** @param instead answers in place of the server's own; undefined: its own */
export async function mlflowServer(
  instead?: (asked: Recorded, nth: number) => Reply | null | undefined,
): Promise<MlflowServer> {
  const experiments: MlflowServer['experiments'] = new Map();
  const runs: TrackedRun[] = [];
  const calls: Record<string, (body: Body, query: URLSearchParams) => Reply> = {
    'experiments/get-by-name': (_, query) => {
      const found = experiments.get(query.get('experiment_name') ?? '');
      return found === undefined
        ? none
        : { body: { experiment: { experiment_id: found.id, lifecycle_stage: found.stage } } };
    },
    'experiments/create': ({ name = '' }) => {
      experiments.set(name, { id: String(experiments.size + 1), stage: 'active' });
      return { body: { experiment_id: String(experiments.size) } };
    },
    'runs/create': ({ run_name: name = '', start_time: startTime = 0, tags = [] }) => {
      const id = `run${runs.length}`;
      const tagged = new Map(tags.map(({ key, value }) => [key, value]));
      runs.push({
        id,
        name,
        status: 'RUNNING',
        startTime,
        endTime: null,
        params: new Map(),
        metrics: new Map(),
        tags: tagged,
      });
      return { body: { run: { info: { run_id: id } } } };
    },
    'runs/log-batch': ({ run_id, params = [], metrics = [], tags = [] }) => {
      if (params.length > 100 || tags.length > 100 || metrics.length > 1000) return invalid('a batch is too large');
      if (params.some(({ value }) => value.length > 6000)) return invalid('a parameter is too long');
      const run = runs.find(({ id }) => id === run_id);
      if (run === undefined) return none;
      if (params.some(({ key, value }) => (run.params.get(key) ?? value) !== value))
        return invalid('a parameter changed');
      for (const { key, value } of params) run.params.set(key, value);
      for (const { key, value } of metrics) run.metrics.set(key, value);
      for (const { key, value } of tags) run.tags.set(key, value);
      return {};
    },
    'runs/update': ({ run_id, status = '', end_time: endTime = 0 }) => {
      const run = runs.find(({ id }) => id === run_id);
      if (run === undefined) return none;
      Object.assign(run, { status, endTime });
      return {};
    },
    'runs/search': ({ page_token }) => {
      const start = Number(page_token ?? 0);
      const page = runs.slice(start, start + pageSize).map(({ id, status, tags }) => ({
        info: { run_id: id, status },
        data: { tags: [...tags].map(([key, value]) => ({ key, value })) },
      }));
      const next = start + pageSize < runs.length ? { next_page_token: String(start + pageSize) } : {};
      return { body: { ...(page.length === 0 ? {} : { runs: page }), ...next } };
    },
  };
  const server = await recordingServer((asked, nth) => {
    const other = instead?.(asked, nth);
    if (other !== undefined) return other;
    const { pathname, searchParams } = new URL(asked.path, 'http://mlflow');
    const call = calls[pathname.replace('/api/2.0/mlflow/', '')];
    return call === undefined ? none : call(asked.body === '' ? {} : (JSON.parse(asked.body) as Body), searchParams);
  });
  return { ...server, experiments, runs };
}
