/** What a resource pool test found: its records with the figures made of them. */
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
