/** What must hold in every log of a load test, whatever the server did. */
import type { LoadRequestRecord, LoadStageRecord } from '../records/load-records.ts';
import type { LogState } from './log-state.ts';

/** A timer may fire up to a millisecond early, and the sum of many gaps is rounded. */
const earlyNs = 2e6;
const roundingNs = 1;

/** @param previous the request before it in the same stage */
export function loadRequestFaults(request: LoadRequestRecord, previous: LoadRequestRecord | undefined): string[] {
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
export function loadStageFaults(
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

/** What a completed load test must have said. */
export function loadRunFault({ header, status, lastStage }: LogState): string | null {
  return header.workload === 'load' && status === 'completed' && lastStage === null
    ? 'a completed load test without a stage'
    : null;
}
