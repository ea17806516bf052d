/** What must hold between the stages of a load test and between the requests of one: as many at a time as there are clients. */

import { loadShape, loadShapeText } from '../../workloads/load/load-shape.ts';
import type { LoadRequestRecord, LoadStageRecord } from '../records/load-records.ts';
import type { Header } from '../run-log-format.ts';
import type { LogWatch } from './log-watch.ts';

export function watchLoad(header: Header): LogWatch {
  const { load, loadSeconds } = header.requested;
  const isRamp = typeof load === 'string' && load.startsWith('ramp');
  const questions = header.questions?.count;
  /** Of each place in the list of prompts the question that stands there. */
  const asked: string[] = [];
  let requests: LoadRequestRecord[] = [];
  let stages = 0;

  const requestFault = (request: LoadRequestRecord): Array<string | null> => {
    const { stage, index, questionId, gapsNs, tokens, arrivals, firstArrivalTokens } = request;
    const name = `request ${index} of stage ${stage}`;
    const place = questions === undefined ? index : index % questions;
    const before = asked[place] ?? questionId;
    asked[place] = before;
    const pieces = request.firstTokenNs === null ? 0 : gapsNs.length + 1;
    const inArrivals = (arrivals ?? 0) + (firstArrivalTokens ?? 1) - 1;
    return [
      stage === stages ? null : `${name} stands among those of stage ${stages}`,
      before === questionId ? null : `${name} asks "${questionId}", where the order has "${before}"`,
      arrivals !== undefined && (arrivals > pieces || inArrivals > tokens)
        ? `${name} has ${arrivals} arrivals, ${pieces} pieces and ${tokens} tokens`
        : null,
    ];
  };

  const stageFault = (record: LoadStageRecord): Array<string | null> => {
    const { shape, stage, startNs } = record;
    const lastDueNs = typeof loadSeconds === 'number' ? startNs + loadSeconds * 1e9 : Number.POSITIVE_INFINITY;
    const late = requests.find(({ scheduledNs }) => scheduledNs > lastDueNs || scheduledNs < startNs);
    return [
      typeof load === 'string' && !isOf(load, shape)
        ? `stage ${stage} is ${JSON.stringify(shape)}, and ${load} was asked for`
        : null,
      stage > 0 && !isRamp && load !== undefined ? `stage ${stage} of a test of one stage` : null,
      late === undefined ? null : `stage ${stage} has request ${late.index}, which was due outside of its time`,
      shape.kind === 'closed' ? inFlightFault(record, requests, shape.clients) : null,
    ];
  };

  return {
    record(record) {
      if (record.type === 'load_request') {
        requests.push(record);
        return requestFault(record);
      }
      if (record.type !== 'load_stage') return [];
      const faults = stageFault(record);
      requests = [];
      stages = record.stage + 1;
      return faults;
    },
    end: () => [],
  };
}

/** A client asks again when it has its answer. */
function inFlightFault(
  { stage }: LoadStageRecord,
  requests: readonly LoadRequestRecord[],
  clients: number,
): string | null {
  let inFlightNs: number[] = [];
  for (const { index, sentNs, endNs } of requests) {
    inFlightNs = inFlightNs.filter((otherNs) => otherNs > sentNs);
    inFlightNs.push(endNs);
    if (inFlightNs.length > clients)
      return `stage ${stage} has ${inFlightNs.length} requests at a time of ${clients} clients (request ${index})`;
  }
  return null;
}

/** Whether a stage of this shape belongs to a test that was asked for so. */
function isOf(asked: string, shape: LoadStageRecord['shape']): boolean {
  const test = loadShape(asked);
  if (test.kind === 'single') return shape.kind === 'closed' && shape.clients === 1;
  if (test.kind === 'ramp') return shape.kind === 'closed' && shape.clients <= test.mostClients;
  if (shape.kind === 'closed') return loadShapeText({ kind: 'concurrency', clients: shape.clients }) === asked;
  return loadShapeText({ kind: shape.arrivals, perSecond: shape.perSecond }) === asked;
}
