/** The log of a run of twenty answers on a machine of two cores, with a sample of the machine every half second. */
import type { Reading } from '../../../../scripts/log/records/certificate-records.ts';
import type { Effective, RunRecord } from '../../../../scripts/log/run-log-format.ts';
import type { Watched } from '../../../../scripts/run/quality/run-quality.ts';
import { answerRecords, header } from '../../../collate/run-records.ts';

export interface MeasuredRun {
  /** What the sample says, so many seconds after the first. */
  sample: (seconds: number) => Reading;
  /** Milliseconds per token of each answer. */
  paces?: readonly number[];
  effective?: Partial<Effective>;
  /** Of the host. */
  logicalCores?: number;
}

const nsPerMs = 1e6;
const sampleEveryMs = 500;

/** Answers begin a second apart, the first one second after the origin: run-records.ts. */
export function measuredRun({ sample, paces = new Array(20).fill(10), effective, logicalCores = 2 }: MeasuredRun) {
  const { host } = header(1, 'llamacpp');
  const records: RunRecord[] = [
    header(1, 'llamacpp', { host: { ...host, logicalCores } }),
    {
      type: 'effective',
      atNs: 0,
      device: 'cpu',
      deviceName: 'Test CPU',
      comparable: true,
      settings: {},
      build: {},
      kvBytesPerPosition: 1000,
      ...effective,
    },
  ];
  for (let ms = 0; ms <= (paces.length + 2) * 1000; ms += sampleEveryMs) {
    records.push({ type: 'conditions', atNs: ms * nsPerMs, ...sample(ms / 1000) });
  }
  paces.forEach((pace, i) => {
    records.push(...answerRecords(i, { gapsMs: [pace, pace, pace] }));
  });
  return records;
}

/** Our own work keeps one core busy; `others` so many. */
export function processorLoad(others: number, steal = 0) {
  return (seconds: number): Reading => ({
    busyMsTotal: 5e6 + seconds * 1000 * (1 + others),
    ownMsTotal: 7000 + seconds * 1000,
    stealMsTotal: 300 + seconds * 1000 * steal,
  });
}

export const watched: Watched = {
  sources: { present: ['processor time'], absent: [] },
  samples: 44,
  microsecondsPerSample: 300,
  noiseFloor: null,
};
