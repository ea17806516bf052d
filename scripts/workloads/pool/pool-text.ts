/** The figures of a resource pool test as a person reads them in the terminal. */
import { bytes, milliseconds, significant } from '../../command-line/format.ts';
import { table } from '../../command-line/terminal.ts';
import { faultsOf } from '../../results/invariants/run-faults.ts';
import type { RunOutcome } from '../../run/run.ts';
import {
  type CycleFigures,
  cycleFigures,
  type LevelFigures,
  levelFigures,
  type RecoveryFigures,
  recoveryFigures,
} from './figures.ts';
import type { PoolLevelRecord, PoolRecoveryRecord } from './records.ts';

const dash = '-';

export function poolText({ levels, recoveries, cycles }: PoolResult): string {
  const parts: string[] = [];
  const lent = levels.some(({ level }) => level.memory.tokenizerBytes !== undefined);
  if (levels.length > 0) {
    parts.push(
      table(
        [
          'level',
          'at a time',
          'tokens/s',
          'each',
          'TTFT p50',
          'p95 (ms)',
          'TPOT p50',
          'p95 (ms)',
          'answers',
          'fairness',
          'resident',
          'PSS',
          'shared',
          ...(lent ? ['tokenizers'] : []),
        ],
        levels.map(({ name, level, figures }) => [
          name,
          String(level.concurrency),
          significant(figures.tokensPerSecond),
          rangeOf(figures.workerTokensPerSecond),
          cell(figures.ttftMs.p50),
          cell(figures.ttftMs.p95),
          cell(figures.tpotMs.p50),
          cell(figures.tpotMs.p95),
          figures.failed === 0 ? String(figures.answered) : `${figures.answered}, ${figures.failed} failed`,
          cell(figures.fairness),
          bytes(level.memory.residentBytes),
          size(level.memory.proportionalBytes),
          size(figures.sharedBytes),
          ...(lent ? [size(level.memory.tokenizerBytes ?? null)] : []),
        ]),
      ),
    );
  }
  if (cycles !== null) {
    const growth = cycles.growthPerCycleBytes;
    parts.push(
      `Fragmentation after ${cycles.cycles} loads: resident minus what the engine says it uses ${size(cycles.overheadBytes)}; ` +
        `the process ${growth === null ? 'was loaded too seldom to tell growth' : `grew by ${signed(growth)} per cycle`}.`,
    );
  }
  if (recoveries.length > 0) {
    parts.push(
      table(
        ['fault', 'gone after', 'whole after', 'answers after', 'sent', 'repeated', 'failed', 'lost', 'what happened'],
        recoveries.map(({ record, figures }) => [
          record.fault.replaceAll('_', ' '),
          time(figures.noticedMs),
          time(figures.readyMs),
          time(figures.answeredMs),
          String(figures.sent),
          String(figures.repeated),
          String(figures.failed),
          String(figures.lost),
          record.note,
        ]),
        'lrrrrrrrl',
      ),
    );
  }
  return parts.join('\n\n');
}

function cell(value: number | null): string {
  return value === null ? dash : significant(value);
}

function size(value: number | null): string {
  return value === null ? dash : signed(value).replace(/^\+/, '');
}

function signed(value: number): string {
  return `${value < 0 ? '-' : '+'}${bytes(Math.abs(value))}`;
}

function time(value: number | null): string {
  return value === null ? dash : milliseconds(value);
}

function rangeOf(values: readonly number[]): string {
  const [least, most] = [Math.min(...values), Math.max(...values)].map((value) => significant(value));
  return least === most ? (least ?? dash) : `${least} to ${most}`;
}

// What a resource pool test found: its records with the figures made of them.

export interface PoolResult {
  uuid: string;
  log: string;
  status: string;
  levels: Array<{ name: string; level: PoolLevelRecord; figures: LevelFigures }>;
  cycles: CycleFigures | null;
  recoveries: Array<{ record: PoolRecoveryRecord; figures: RecoveryFigures }>;
}

export function poolResult({ header, logPath, end, records: all }: RunOutcome): PoolResult {
  // What says something impossible is in the log, and shown to nobody as a figure.
  const records = faultsOf(all).length > 0 ? [] : all;
  const requests = records.filter((record) => record.type === 'pool_request');
  return {
    uuid: header.uuid,
    log: logPath,
    status: end.status,
    levels: records
      .filter((record) => record.type === 'pool_level')
      .map((level) => ({ name: nameOf(level), level, figures: levelFigures(level, requests) })),
    cycles: cycleFigures(records.filter((record) => record.type === 'pool_cycle')),
    recoveries: records
      .filter((record) => record.type === 'pool_recovery')
      .map((record) => ({ record, figures: recoveryFigures(record, requests) })),
  };
}

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
