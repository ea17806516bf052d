/** What must hold in every log of a load test, whatever the server did: of each request, each stage, and between them. */

import { isDeepStrictEqual } from 'node:util';
import type { Header } from '../../log/run-log-format.ts';
import type { LogWatch, WorkloadRules } from '../../results/invariants/log-watch.ts';
import { type LoadRequestRecord, type LoadStageRecord, loadShape, stageShapes } from './records.ts';

export const rules: WorkloadRules = { watch: (header) => [watchLoad(header)] };

function watchLoad(header: Header): LogWatch {
  const { load, loadSeconds } = header.requested;
  const isRamp = typeof load === 'string' && load.startsWith('ramp');
  const questions = header.questions?.count;
  /** The question at each place in the list of prompts. */
  const asked: string[] = [];
  let requests: LoadRequestRecord[] = [];
  let lastStage: LoadStageRecord | undefined;

  const requestFault = (request: LoadRequestRecord): Array<string | null> => {
    const { stage, index, questionId, gapsNs, tokens, arrivals, firstArrivalTokens } = request;
    const name = `request ${index} of stage ${stage}`;
    const place = questions === undefined ? index : index % questions;
    const before = asked[place] ?? questionId;
    asked[place] = before;
    const pieces = request.firstTokenNs === null ? 0 : gapsNs.length + 1;
    const inArrivals = (arrivals ?? 0) + (firstArrivalTokens ?? 1) - 1;
    return [
      stage === (lastStage?.stage ?? -1) + 1
        ? null
        : `${name} stands among those of stage ${(lastStage?.stage ?? -1) + 1}`,
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
        const faults = [...requestFault(record), ...loadRequestFaults(record, requests.at(-1))];
        requests.push(record);
        return faults;
      }
      if (record.type !== 'load_stage') return [];
      const faults = [...stageFault(record), ...loadStageFaults(record, requests, lastStage)];
      requests = [];
      lastStage = record;
      return faults;
    },
    end(status) {
      const left = status !== null && requests.length > 0;
      return [
        status === 'completed' && lastStage === undefined ? 'a completed load test without a stage' : null,
        left ? `${requests.length} requests of a load test, but no line of their stage` : null,
      ];
    },
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
  if (test.kind === 'ramp') return shape.kind === 'closed' && shape.clients <= test.mostClients;
  return isDeepStrictEqual(stageShapes(test), [shape]);
}

/** A timer may fire up to a millisecond early, and the sum of many gaps is rounded. */
const earlyNs = 2e6;
const roundingNs = 1;

/** @param previous the request before it in the same stage */
function loadRequestFaults(request: LoadRequestRecord, previous: LoadRequestRecord | undefined): string[] {
  const { scheduledNs, sentNs, firstByteNs, firstTokenNs, lastTokenNs, endNs, gapsNs, tokens, stop, failure } = request;
  const faults: string[] = [];
  const index = previous === undefined ? 0 : previous.index + 1;
  if (request.index !== index) faults.push(`stands where request ${index} belongs`);
  if (previous !== undefined && sentNs < previous.sentNs) faults.push('was sent before the one it follows');
  if (sentNs < scheduledNs - earlyNs) faults.push(`was sent ${scheduledNs - sentNs} ns before it was due`);
  if (request.promptTokens !== null && request.cachedPromptTokens > request.promptTokens)
    faults.push(`has ${request.cachedPromptTokens} cached prompt tokens, of ${request.promptTokens}`);
  if (endNs < sentNs) faults.push('ended before it was sent');
  if ((firstTokenNs === null) !== (lastTokenNs === null)) faults.push('has one of its first and last token only');
  if ((stop === null) === (failure === null)) {
    faults.push(stop === null ? 'neither ended nor failed' : 'both ended and failed');
  }
  if (firstTokenNs === null || lastTokenNs === null) {
    if (tokens > 0) faults.push(`has ${tokens} tokens, but no instant of the first`);
    return namedAfter(request, faults);
  }
  if (firstTokenNs < sentNs) faults.push('had its first token before it was sent');
  if (firstByteNs === null || firstByteNs > firstTokenNs) faults.push('had its first token before its first byte');
  if (!(firstTokenNs > scheduledNs)) {
    faults.push(`has a time to first token of ${firstTokenNs - scheduledNs} ns, not above 0`);
  }
  if (lastTokenNs < firstTokenNs) faults.push('had its last token before its first');
  if (lastTokenNs > endNs) faults.push('had its last token after its end');
  if (gapsNs.some((gapNs) => !(gapNs >= 0))) faults.push('has a gap below 0');
  if (tokens === 0) faults.push('has instants of its first and last token, and no token');
  const sumNs = gapsNs.reduce((sum, gapNs) => sum + gapNs, 0);
  if (Math.abs(sumNs - (lastTokenNs - firstTokenNs)) > roundingNs * (gapsNs.length + 1)) {
    faults.push(`has gaps that sum to ${sumNs} ns, but tn - t1 is ${lastTokenNs - firstTokenNs} ns`);
  }
  return namedAfter(request, faults);
}

function namedAfter({ stage, index }: LoadRequestRecord, faults: readonly string[]): string[] {
  return faults.map((fault) => `request ${index} of stage ${stage} ${fault}`);
}

/** @param requests that stand before it */
function loadStageFaults(
  record: LoadStageRecord,
  requests: readonly LoadRequestRecord[],
  previous: LoadStageRecord | undefined,
): string[] {
  const faults: string[] = [];
  const stage = previous === undefined ? 0 : previous.stage + 1;
  if (record.stage !== stage) faults.push(`stands where stage ${stage} belongs`);
  if (previous !== undefined && record.startNs < previous.endNs) faults.push('began before the one it follows ended');
  if (record.endNs <= record.startNs) faults.push(`took ${record.endNs - record.startNs} ns`);
  if (record.requests !== requests.length) {
    faults.push(`claims ${record.requests} requests, but ${requests.length} are logged before it`);
  }
  const outside = requests.find(({ sentNs, endNs }) => sentNs < record.startNs || endNs > record.endNs);
  if (outside !== undefined) faults.push(`has request ${outside.index} outside of its time`);
  return faults.map((fault) => `stage ${record.stage} ${fault}`);
}
