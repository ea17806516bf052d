/** `pool.csv`: a row per level of concurrency, per fault, and per series of loads of a resource pool test. */
import { type Run, recordsOf } from '../../results/run.ts';
import { facts, machineAndModel, type OfRun } from '../../results/run-facts.ts';
import { columnsOf, columnsOfPart, type RowOf, table } from '../../results/table.ts';
import { type LatencyPercentiles, mean } from '../../statistics/statistics.ts';
import { latencyColumns } from '../load/tables.ts';
import { type CycleFigures, type LevelFigures, poolResults, type RecoveryFigures } from './figures.ts';
import type { PoolLevelRecord, PoolRecoveryRecord } from './records.ts';

/** A kind of row leaves out the parts of the others. */
interface OfTest {
  kind: string;
  concurrency: number | null;
  engines: number;
  sequences: number;
  counts?: { requests: number; answered: number; failed: number };
  memory?: PoolLevelRecord['memory'];
  level?: { record: PoolLevelRecord; figures: LevelFigures };
  fault?: { record: PoolRecoveryRecord; figures: RecoveryFigures };
  cycles?: CycleFigures;
}

const { text, whole } = columnsOf<OfRun & OfTest>();
const level = columnsOfPart(({ level }: OfTest) => level?.record);
const { number, ...ofLevel } = columnsOfPart(({ level }: OfTest) => level?.figures);
const { ms, ...ofFault } = columnsOfPart(({ fault }: OfTest) => fault?.figures);
const counts = columnsOfPart((test: OfTest) => test.counts);
const memory = columnsOfPart((test: OfTest) => test.memory);
const cycles = columnsOfPart((test: OfTest) => test.cycles);

/** A level has too few samples for a p90 to say more than the median and the p95. */
const latency = <const N extends string>(
  name: N,
  title: string,
  formula: string,
  of: (figures: LevelFigures) => LatencyPercentiles,
) => {
  const { p90: _, ...columns } = latencyColumns(
    name,
    title,
    formula,
    ({ level }: OfTest) => level && of(level.figures),
  );
  return Object.values(columns);
};

const poolColumns = [
  ...facts('uuid', 'framework', 'frameworkVersion'),
  text(
    'kind',
    'Kind',
    'engines, sequences or models: a level; killed, out_of_memory or broken_model: a fault; cycles: loading and unloading',
  ).at('kind'),
  level.whole('level', '', 'Level', 'its place in the run, from 0; empty for faults and cycles').at('level'),
  whole('concurrency', '', 'Answers at a time', 'clients, each asking again when it has its answer').at('concurrency'),
  whole('engines', '', 'Engines', 'engine processes').at('engines'),
  whole('sequences', '', 'Sequences', 'answers at a time of each engine').at('sequences'),
  level.whole('threads', '', 'Threads', 'of each engine').at('threads'),
  level
    .text('models', 'Models', 'names of all that are loaded, separated by " + "')
    .of(({ models }) => models.join(' + ')),
  level
    .number('seconds', 's', 'Duration', 'how long clients asked')
    .of(({ startNs, deadlineNs }) => (deadlineNs - startNs) / 1e9),
  counts.whole('requests', '', 'Requests', 'sent in this level or test').at('requests'),
  counts.whole('answered', '', 'Answered', 'at the first attempt or a later one').at('answered'),
  ofFault.whole('repeated', '', 'Repeated', 'answered at a later attempt, as an earlier one failed').at('repeated'),
  counts.whole('failed', '', 'Failed', 'not answered, and the client was told so').at('failed'),
  ofFault.whole('lost', '', 'Lost', 'sent and without a record: none, or the pool is at fault').at('lost'),
  number('tokens_per_s', 'tokens/s', 'Throughput', 'tokens of all workers before the deadline / duration').at(
    'tokensPerSecond',
  ),
  number('worker_tokens_per_s', 'tokens/s', 'Throughput of a worker', 'the same of one worker, mean over workers').of(
    (figures) => mean(figures.workerTokensPerSecond),
  ),
  number('worker_tokens_per_s_min', 'tokens/s', 'Slowest worker', 'the same of the slowest one').of((figures) =>
    Math.min(...figures.workerTokensPerSecond),
  ),
  number('fairness', '', 'Fairness', "Jain's index over the workers' tokens: (sum x)^2 / (n sum x^2)").at('fairness'),
  ...latency('ttft', 'TTFT', 'from sending to the first token, waiting in line included', ({ ttftMs }) => ttftMs),
  ...latency(
    'tpot',
    'TPOT',
    '(tn - t1) / (n - k) of an answer, k tokens having come with the first',
    ({ tpotMs }) => tpotMs,
  ),
  memory.bytes('resident_bytes', 'Resident', 'sum over the engines; shared pages count for each').at('residentBytes'),
  memory.bytes('proportional_bytes', 'PSS', 'sum over the engines; shared pages count once').at('proportionalBytes'),
  memory.bytes('unique_bytes', 'USS', 'pages that no other process has').at('uniqueBytes'),
  ofLevel.bytes('shared_bytes', 'Saved by sharing', 'resident minus proportional').at('sharedBytes'),
  memory
    .bytes('engine_bytes', 'By the engines', 'what they say they use: weights, KV caches, buffers')
    .at('engineBytes'),
  memory
    .bytes(
      'tokenizer_bytes',
      'Tokenizers',
      'resident set of the processes that lend these engines tokenizers; in no other column',
    )
    .at('tokenizerBytes'),
  cycles.whole('cycles', '', 'Cycles', 'how often the model was loaded and unloaded').at('cycles'),
  cycles
    .bytes('overhead_bytes', 'Overhead', 'resident minus what the engine says, at the last load')
    .at('overheadBytes'),
  cycles
    .bytes('growth_bytes', 'Growth', 'resident after the last unload minus that after the second')
    .at('growthBytes'),
  cycles
    .number('growth_per_cycle_bytes', 'B', 'Growth per cycle', 'the same / the cycles between')
    .at('growthPerCycleBytes'),
  ms('gone_ms', 'Gone after', 'from the fault until the engine is known to be gone').at('noticedMs'),
  ms('ready_ms', 'Whole after', 'until as many engines are up as before; from the end of what stood in the way').at(
    'readyMs',
  ),
  ms('answered_ms', 'Answers after', 'until the first answer after that; from the same instant').at('answeredMs'),
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
  const { levels, recoveries, cycles } = poolResults(run.records);
  const loaded = recordsOf(run, 'pool_cycle').at(-1)?.loaded;
  return [
    ...levels.map(({ level, figures }): OfTest => {
      const { kind, concurrency, engines, sequences, memory } = level;
      const { answered, failed } = figures;
      const counts = { requests: answered + failed, answered, failed };
      return { kind, concurrency, engines, sequences, counts, memory, level: { record: level, figures } };
    }),
    ...recoveries.map((fault): OfTest => {
      const { fault: kind, engines, sequences } = fault.record;
      const { sent, answered, repeated, failed } = fault.figures;
      const counts = { requests: sent, answered: answered + repeated, failed };
      return { kind, concurrency: engines * sequences, engines, sequences, counts, fault };
    }),
    ...(cycles === null || loaded === undefined
      ? []
      : [{ kind: 'cycles', concurrency: null, engines: 1, sequences: 1, memory: loaded, cycles }]),
  ];
}
