/** `pool.csv`: a row per level of concurrency, per fault, and per series of loads of a resource pool test. */

import { type Run, recordsOf } from '../../results/run.ts';
import { machineAndModel, type OfRun, runFacts } from '../../results/run-facts.ts';
import { columnsOf, type RowOf, table } from '../../results/table.ts';
import { mean } from '../../statistics/statistics.ts';
import {
  type CycleFigures,
  cycleFigures,
  type LevelFigures,
  levelFigures,
  type RecoveryFigures,
  recoveryFigures,
} from './figures.ts';
import type { PoolCycleRecord, PoolLevelRecord, PoolRecoveryRecord, PoolRequestRecord } from './records.ts';

/** Each kind of row leaves the parts of the others null. */
interface OfTest {
  kind: string;
  concurrency: number | null;
  engines: number;
  sequences: number;
  counts: { requests: number; answered: number; failed: number } | null;
  memory: PoolLevelRecord['memory'] | null;
  level: { record: PoolLevelRecord; figures: LevelFigures } | null;
  fault: { record: PoolRecoveryRecord; figures: RecoveryFigures } | null;
  cycles: CycleFigures | null;
}

const { text, whole, number } = columnsOf<OfRun & OfTest>();

const ms = <const N extends string>(name: N, title: string, formula: string) => number(name, 'ms', title, formula);

const poolColumns = [
  runFacts.uuid,
  runFacts.framework,
  runFacts.frameworkVersion,
  text(
    'kind',
    'Kind',
    'engines, sequences or models: a level; killed, out_of_memory or broken_model: a fault; cycles: loading and unloading',
  ).of(({ kind }) => kind),
  whole('level', '', 'Level', 'its place in the run, from 0; empty for faults and cycles').of(
    ({ level }) => level?.record.level,
  ),
  whole('concurrency', '', 'Answers at a time', 'clients, each asking again when it has its answer').of(
    ({ concurrency }) => concurrency,
  ),
  whole('engines', '', 'Engines', 'engine processes').of(({ engines }) => engines),
  whole('sequences', '', 'Sequences', 'answers at a time of each engine').of(({ sequences }) => sequences),
  whole('threads', '', 'Threads', 'of each engine').of(({ level }) => level?.record.threads),
  text('models', 'Models', 'names of all that are loaded, separated by " + "').of(({ level }) =>
    level?.record.models.join(' + '),
  ),
  number('seconds', 's', 'Duration', 'how long clients asked').of(({ level }) =>
    level === null ? null : (level.record.deadlineNs - level.record.startNs) / 1e9,
  ),
  whole('requests', '', 'Requests', 'sent in this level or test').of(({ counts }) => counts?.requests),
  whole('answered', '', 'Answered', 'at the first attempt or a later one').of(({ counts }) => counts?.answered),
  whole('repeated', '', 'Repeated', 'answered at a later attempt, as an earlier one failed').of(
    ({ fault }) => fault?.figures.repeated,
  ),
  whole('failed', '', 'Failed', 'not answered, and the client was told so').of(({ counts }) => counts?.failed),
  whole('lost', '', 'Lost', 'sent and without a record: none, or the pool is at fault').of(
    ({ fault }) => fault?.figures.lost,
  ),
  number('tokens_per_s', 'tokens/s', 'Throughput', 'tokens of all workers before the deadline / duration').of(
    ({ level }) => level?.figures.tokensPerSecond,
  ),
  number('worker_tokens_per_s', 'tokens/s', 'Throughput of a worker', 'the same of one worker, mean over workers').of(
    ({ level }) => (level === null ? null : mean(level.figures.workerTokensPerSecond)),
  ),
  number('worker_tokens_per_s_min', 'tokens/s', 'Slowest worker', 'the same of the slowest one').of(({ level }) =>
    level === null ? null : Math.min(...level.figures.workerTokensPerSecond),
  ),
  number('fairness', '', 'Fairness', "Jain's index over the workers' tokens: (sum x)^2 / (n sum x^2)").of(
    ({ level }) => level?.figures.fairness,
  ),
  whole('ttft_count', '', 'Samples of TTFT', 'answers with a first token').of(
    ({ level }) => level?.figures.ttftMs.count,
  ),
  ms('ttft_p50_ms', 'TTFT, median', 'from sending to the first token, waiting in line included').of(
    ({ level }) => level?.figures.ttftMs.p50,
  ),
  ms('ttft_p95_ms', 'TTFT, p95', 'the same, 95th percentile; needs 5 samples beyond it').of(
    ({ level }) => level?.figures.ttftMs.p95,
  ),
  ms('ttft_p99_ms', 'TTFT, p99', 'the same, 99th percentile; needs 5 samples beyond it').of(
    ({ level }) => level?.figures.ttftMs.p99,
  ),
  whole('tpot_count', '', 'Samples of TPOT', 'answers of two tokens or more whose arrivals tell it').of(
    ({ level }) => level?.figures.tpotMs.count,
  ),
  ms('tpot_p50_ms', 'TPOT, median', '(tn - t1) / (n - k) of an answer, k tokens having come with the first').of(
    ({ level }) => level?.figures.tpotMs.p50,
  ),
  ms('tpot_p95_ms', 'TPOT, p95', 'the same, 95th percentile; needs 5 samples beyond it').of(
    ({ level }) => level?.figures.tpotMs.p95,
  ),
  ms('tpot_p99_ms', 'TPOT, p99', 'the same, 99th percentile; needs 5 samples beyond it').of(
    ({ level }) => level?.figures.tpotMs.p99,
  ),
  whole('resident_bytes', 'B', 'Resident', 'sum over the engines; shared pages count for each').of(
    ({ memory }) => memory?.residentBytes,
  ),
  whole('proportional_bytes', 'B', 'PSS', 'sum over the engines; shared pages count once').of(
    ({ memory }) => memory?.proportionalBytes,
  ),
  whole('unique_bytes', 'B', 'USS', 'pages that no other process has').of(({ memory }) => memory?.uniqueBytes),
  whole('shared_bytes', 'B', 'Saved by sharing', 'resident minus proportional').of(
    ({ level }) => level?.figures.sharedBytes,
  ),
  whole('engine_bytes', 'B', 'By the engines', 'what they say they use: weights, KV caches, buffers').of(
    ({ memory }) => memory?.engineBytes,
  ),
  whole(
    'tokenizer_bytes',
    'B',
    'Tokenizers',
    'resident set of the processes that lend these engines tokenizers; in no other column',
  ).of(({ memory }) => memory?.tokenizerBytes),
  whole('cycles', '', 'Cycles', 'how often the model was loaded and unloaded').of(({ cycles }) => cycles?.cycles),
  whole('overhead_bytes', 'B', 'Overhead', 'resident minus what the engine says, at the last load').of(
    ({ cycles }) => cycles?.overheadBytes,
  ),
  whole('growth_bytes', 'B', 'Growth', 'resident after the last unload minus that after the second').of(
    ({ cycles }) => cycles?.growthBytes,
  ),
  number('growth_per_cycle_bytes', 'B', 'Growth per cycle', 'the same / the cycles between').of(
    ({ cycles }) => cycles?.growthPerCycleBytes,
  ),
  ms('gone_ms', 'Gone after', 'from the fault until the engine is known to be gone').of(
    ({ fault }) => fault?.figures.noticedMs,
  ),
  ms('ready_ms', 'Whole after', 'until as many engines are up as before; from the end of what stood in the way').of(
    ({ fault }) => fault?.figures.readyMs,
  ),
  ms('answered_ms', 'Answers after', 'until the first answer after that; from the same instant').of(
    ({ fault }) => fault?.figures.answeredMs,
  ),
  text('note', 'What happened', 'in words').of(({ fault }) => fault?.record.note),
  ...machineAndModel,
] as const;

export type PoolRow = RowOf<typeof poolColumns>;

export const poolTable = table({
  name: 'pool',
  file: 'pool.csv',
  rowIs: 'a row per level, fault and series of loads of a resource pool test',
  columns: poolColumns,
  of: (run: Run): Array<OfRun & OfTest> => testsOf(run).map((test) => ({ run, ...test })),
});

function testsOf(run: Run): OfTest[] {
  const requests = recordsOf(run, 'pool_request');
  const tests = run.records.flatMap((record): OfTest[] => {
    if (record.type === 'pool_level') return [ofLevel(record, requests)];
    return record.type === 'pool_recovery' ? [ofFault(record, requests)] : [];
  });
  return [...tests, ...ofCycles(recordsOf(run, 'pool_cycle'))];
}

function ofLevel(record: PoolLevelRecord, requests: readonly PoolRequestRecord[]): OfTest {
  const figures = levelFigures(record, requests);
  const { kind, concurrency, engines, sequences, memory } = record;
  const { answered, failed } = figures;
  const counts = { requests: answered + failed, answered, failed };
  return {
    kind,
    concurrency,
    engines,
    sequences,
    counts,
    memory,
    level: { record, figures },
    fault: null,
    cycles: null,
  };
}

function ofFault(record: PoolRecoveryRecord, requests: readonly PoolRequestRecord[]): OfTest {
  const figures = recoveryFigures(record, requests);
  const { fault: kind, engines, sequences } = record;
  const { sent, answered, repeated, failed } = figures;
  return {
    kind,
    concurrency: engines * sequences,
    engines,
    sequences,
    counts: { requests: sent, answered: answered + repeated, failed },
    memory: null,
    level: null,
    fault: { record, figures },
    cycles: null,
  };
}

function ofCycles(records: readonly PoolCycleRecord[]): OfTest[] {
  const cycles = cycleFigures(records);
  const memory = records.at(-1)?.loaded;
  if (cycles === null || memory === undefined) return [];
  return [
    {
      kind: 'cycles',
      concurrency: null,
      engines: 1,
      sequences: 1,
      counts: null,
      memory,
      level: null,
      fault: null,
      cycles,
    },
  ];
}
