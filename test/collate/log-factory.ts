/** Raw logs whose every figure is known beforehand. Times are given in milliseconds and written in nanoseconds. */

import type { Phase } from '../../scripts/log/record-fields.ts';
import type { Effective, EndRecord, Header, RunRecord } from '../../scripts/log/run-log-format.ts';
import type { AnswerRecord } from '../../scripts/workloads/questions/records.ts';
import { answerRecords, header, memoryRecords } from './run-records.ts';

export interface LogShape {
  /** Distinguishes runs: becomes the uuid, and minutes of the start. */
  number?: number;
  framework?: string;
  header?: Partial<Header>;
  effective?: Partial<Effective>;
  answers?: Array<Partial<AnswerShape>>;
  /** Records between the answers and the end. */
  records?: readonly RunRecord[];
  end?: Partial<EndRecord> | null;
}

export interface AnswerShape {
  phase: Phase;
  ttftMs: number;
  gapsMs: readonly number[];
  /** How long each step took to be handed to the device. */
  enqueueMs: readonly number[];
  answer: Partial<AnswerRecord>;
  texts: readonly string[];
}

/** A completed run: one cold answer and two measured ones, TTFT 50 ms, three tokens 10 ms apart, unless said otherwise. */
export function logRecords(shape: LogShape = {}): RunRecord[] {
  const answers = shape.answers ?? [{ phase: 'cold' }, {}, {}];
  const begin = header(shape.number ?? 1, shape.framework ?? 'llamacpp', shape.header);
  const atNs = shape.end?.atNs ?? 1e12;
  const memory = memoryRecords(shape.records);
  const end: EndRecord = {
    type: 'end',
    status: 'completed',
    atNs,
    endedAt: new Date(Date.parse(begin.startedAt) + atNs / 1e6).toISOString(),
    ...(shape.end ?? {}),
  };
  return [
    begin,
    { ...effective, ...shape.effective },
    ...answers.flatMap((answer, index) => answerRecords(index, answer)),
    ...(begin.workload === 'pool' ? [] : memory.before),
    ...(shape.records ?? []),
    ...(begin.workload === 'pool' ? [] : memory.behind),
    ...(shape.end === null ? [] : [end]),
  ];
}

const effective: Effective = {
  type: 'effective',
  atNs: 2e8,
  device: 'cpu',
  deviceName: 'Test CPU',
  comparable: true,
  settings: { threads: 2, gpuLayers: 0, contextTokens: 512, batchTokens: 512, flashAttention: 'off', kvType: 'f16' },
  build: { backend: 'test' },
  kvBytesPerPosition: 1000,
};

export function linesOf(records: readonly RunRecord[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join('');
}
