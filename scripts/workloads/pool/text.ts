/** The figures of a resource pool test as a person reads them in the terminal, and as JSON. */
import { bytes, milliseconds, significant } from '../../command-line/format.ts';
import { table } from '../../command-line/terminal.ts';
import { faultsOf } from '../../results/invariants/run-faults.ts';
import type { RunOutcome } from '../../run/run.ts';
import { type CycleFigures, type PoolResults, poolResults } from './figures.ts';
import type { PoolLevelRecord } from './records.ts';

/** What a run of the test found; no figures of a log that breaks an invariant. */
export function poolResult({ header, logPath, end, records }: RunOutcome) {
  const { levels, cycles, recoveries } = poolResults(faultsOf(records).length > 0 ? [] : records);
  const named = levels.map(({ level, figures }) => ({ name: nameOf(level), level, figures }));
  return { uuid: header.uuid, log: logPath, status: end.status, levels: named, cycles, recoveries };
}

type PoolResult = ReturnType<typeof poolResult>;

function nameOf({ kind, engines, sequences, models }: PoolLevelRecord): string {
  switch (kind) {
    case 'engines':
      return engines === 1 ? '1 engine' : `${engines} engines`;
    case 'sequences':
      return sequences === 1 ? '1 sequence' : `${sequences} sequences`;
    case 'models':
      return models.join(' + ');
    default:
      return kind satisfies never;
  }
}

export function poolText({ levels, cycles, recoveries }: PoolResult): string {
  return [
    ...(levels.length === 0 ? [] : [levelsTable(levels)]),
    ...(cycles === null ? [] : [cyclesText(cycles)]),
    ...(recoveries.length === 0 ? [] : [recoveriesTable(recoveries)]),
  ].join('\n\n');
}

const levelHeads = ['level', 'at a time', 'tokens/s', 'each', 'TTFT p50', 'p95 (ms)', 'TPOT p50', 'p95 (ms)'];
const memoryHeads = ['answers', 'fairness', 'resident', 'PSS', 'shared'];

function levelsTable(levels: PoolResult['levels']): string {
  const shared = levels.some(({ level }) => level.memory.tokenizerBytes !== undefined);
  return table(
    [...levelHeads, ...memoryHeads, ...(shared ? ['tokenizers'] : [])],
    levels.map(({ name, level: { concurrency, memory }, figures }) => [
      name,
      String(concurrency),
      significant(figures.tokensPerSecond),
      rangeOf(figures.workerTokensPerSecond),
      number(figures.ttftMs.p50),
      number(figures.ttftMs.p95),
      number(figures.tpotMs.p50),
      number(figures.tpotMs.p95),
      figures.failed === 0 ? String(figures.answered) : `${figures.answered}, ${figures.failed} failed`,
      number(figures.fairness),
      bytes(memory.residentBytes),
      size(memory.proportionalBytes),
      size(figures.sharedBytes),
      ...(shared ? [size(memory.tokenizerBytes ?? null)] : []),
    ]),
  );
}

function cyclesText({ cycles, overheadBytes, growthPerCycleBytes: growth }: CycleFigures): string {
  const growthText =
    growth === null
      ? 'was loaded too few times to show growth'
      : `grew by ${growth < 0 ? '' : '+'}${size(growth)} per cycle`;
  return `Fragmentation after ${cycles} loads: resident minus what the engine says it uses ${size(overheadBytes)}; the process ${growthText}.`;
}

const recoveryHeads = ['fault', 'gone after', 'whole after', 'answers after', 'sent', 'repeated', 'failed', 'lost'];

function recoveriesTable(recoveries: PoolResults['recoveries']): string {
  const time = (ms: number | null) => (ms === null ? '-' : milliseconds(ms));
  return table(
    [...recoveryHeads, 'what happened'],
    recoveries.map(({ record: { fault, note }, figures }) => [
      fault.replaceAll('_', ' '),
      ...[figures.noticedMs, figures.readyMs, figures.answeredMs].map(time),
      ...[figures.sent, figures.repeated, figures.failed, figures.lost].map(String),
      note,
    ]),
    'lrrrrrrrl',
  );
}

function number(value: number | null): string {
  return value === null ? '-' : significant(value);
}

function size(value: number | null): string {
  return value === null ? '-' : `${value < 0 ? '-' : ''}${bytes(Math.abs(value))}`;
}

function rangeOf(values: readonly number[]): string {
  const [least = '-', most = '-'] = [Math.min(...values), Math.max(...values)].map((value) => significant(value));
  return least === most ? least : `${least} to ${most}`;
}
