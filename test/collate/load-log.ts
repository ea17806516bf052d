/** Logs of load tests: two stages of two clients and four, four requests each, unless said otherwise. */

import type { RunRecord } from '../../scripts/log/run-log-format.ts';
import type { LoadRequestRecord, LoadStageRecord } from '../../scripts/workloads/load/records.ts';
import type { LogShape } from './log-factory.ts';

const nsPerMs = 1e6;

interface LoadStageShape {
  shape?: LoadStageRecord['shape'];
  requests?: ReadonlyArray<Partial<LoadRequestRecord>>;
  stage?: Partial<LoadStageRecord>;
}

export interface LoadLogShape extends LogShape {
  stages?: readonly LoadStageShape[];
}

const closed = (clients: number) => ({ kind: 'closed', clients }) as const;
const four = [{}, {}, {}, {}];

/** A stage takes a second; answers come 100 ms after each other: TTFT 50 ms, three tokens 10 ms apart. */
function loadStageRecords(index: number, { shape = closed(2), requests = four, stage }: LoadStageShape) {
  const startNs = (1 + index * 2) * 1000 * nsPerMs;
  const records = requests.map((change, i): LoadRequestRecord => {
    const sentNs = startNs + i * 100 * nsPerMs;
    return {
      type: 'load_request',
      stage: index,
      index: i,
      questionId: `q${i}`,
      scheduledNs: sentNs,
      sentNs,
      firstByteNs: sentNs + 49 * nsPerMs,
      firstTokenNs: sentNs + 50 * nsPerMs,
      lastTokenNs: sentNs + 70 * nsPerMs,
      endNs: sentNs + 80 * nsPerMs,
      gapsNs: [10 * nsPerMs, 10 * nsPerMs],
      promptTokens: 20,
      cachedPromptTokens: 0,
      tokens: 3,
      ownTokens: 3,
      stop: 'end',
      failure: null,
      ...change,
    };
  });
  const record: LoadStageRecord = {
    type: 'load_stage',
    stage: index,
    shape,
    startNs,
    endNs: startNs + 1000 * nsPerMs,
    requests: records.length,
    ...stage,
  };
  return [...records, record];
}

export function loadLog({ stages = [{}, { shape: closed(4) }], ...log }: LoadLogShape = {}): LogShape {
  const records: RunRecord[] = stages.flatMap((stage, index) => loadStageRecords(index, stage));
  return {
    framework: 'openai',
    ...log,
    header: {
      workload: 'load',
      requested: { load: 'ramp=4', loadSeconds: 1, requestTimeoutSeconds: 120, sloTtftMs: 50, maxTokens: 8 },
      ...log.header,
    },
    effective: { device: 'server', deviceName: '127.0.0.1:8080', ...log.effective },
    answers: [],
    records,
  };
}

export const failure = (kind: 'timeout' | 'rate_limited' | 'server_error' | 'broken_stream') =>
  ({ stop: null, failure: { kind, status: null, message: kind } }) as const;
