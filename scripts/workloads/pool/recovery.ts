/** Faults while clients are asking: how long until the pool is whole again, and what became of every request meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises';
import { oneLine } from '../../command-line/errors.ts';
import type { Engine } from '../../engine/engine.ts';
import { EnginePool } from '../../serve/engine-pool.ts';
import { type Asked, askByTurns, type Client } from './clients.ts';
import { BreakableFile, denyMemory } from './faults.ts';
import { type NamedModel, type PoolContext, promptsOf, recipeOf } from './pool-context.ts';
import type { Fault, PoolRecoveryRecord, PoolRequestRecord } from './records.ts';

/** One is hit, the other one goes on. */
const engines = 2;
const answersBefore = 4;
const answersAfter = 4;
const lookEveryMs = 5;
/** Longer than it takes an engine to start, to notice that it has no memory, and to wait for its next try. */
const patienceMs = 120_000;

type Instants = Pick<PoolRecoveryRecord, 'faultNs' | 'goneNs' | 'clearedNs' | 'note'>;

export async function measureRecovery(context: PoolContext, named: NamedModel, fault: Fault): Promise<void> {
  const { plan, workload, write, now, signal } = context;
  await using file = fault === 'broken_model' ? await BreakableFile.of(named.model.path) : null;
  const model = { ...named, model: { ...named.model, path: file?.path ?? named.model.path } };
  const recipe = recipeOf(context, model, 1, engines);
  await using pool = await EnginePool.start(recipe, { engines, queueLimit: engines });
  const stop = () => void pool[Symbol.asyncDispose]();
  signal.addEventListener('abort', stop);
  try {
    const [seat] = pool.seats;
    if (seat !== undefined) context.tellEffective(seat.loaded);
    const client: Client = { pool, model: named.name, prompts: await promptsOf(context, pool, model) };
    const records: PoolRequestRecord[] = [];
    const done = new AbortController();
    const clients = askByTurns([client, client], {
      of: fault,
      maxTokens: workload.maxTokens,
      seed: plan.seed,
      retries: workload.retries,
      now,
      signal,
      goesOn: () => !done.signal.aborted,
      deadlineNs: () => Number.POSITIVE_INFINITY,
      onRequest: (record) => records.push(record),
    });
    let found: Omit<PoolRecoveryRecord, 'type' | 'fault' | 'engines' | 'sequences' | 'sent'>;
    try {
      found = await breakAndWait(context, pool, fault, file, records);
    } finally {
      done.abort();
    }
    const asked: Asked = await clients;
    signal.throwIfAborted();
    write({ type: 'pool_recovery', fault, engines, sequences: 1, ...found, sent: asked.sent }, ...asked.records);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

async function breakAndWait(
  context: PoolContext,
  pool: EnginePool,
  fault: Fault,
  file: BreakableFile | null,
  records: readonly PoolRequestRecord[],
) {
  const { now, signal } = context;
  const until = async (condition: () => boolean): Promise<number | null> => {
    const limit = performance.now() + patienceMs;
    while (!condition()) {
      signal.throwIfAborted();
      if (performance.now() > limit) return null;
      await sleep(lookEveryMs);
    }
    return now();
  };
  await until(() => records.filter(isAnswered).length >= answersBefore);
  const before = [...pool.engines];
  await middleOfAnswer(pool, records);
  // The file is mended only when a client was told that nobody can answer: then an engine has failed to load it.
  const someRefused = () => until(() => records.some(({ outcome }) => outcome === 'failed'));
  const instants = await breakIt(context, before, fault, file, someRefused);
  if (instants.goneNs === null) return { ...instants, readyNs: null, answeredNs: null };
  const readyNs = await until(() => pool.engines.length === engines && !sameEngines(pool.engines, before));
  if (readyNs === null) {
    return { ...instants, readyNs, answeredNs: null, note: `${instants.note}; not whole after ${patienceMs / 1000} s` };
  }
  const since = (record: PoolRequestRecord) => isAnswered(record) && (record.firstTokenNs ?? 0) >= readyNs;
  await until(() => records.filter(since).length >= answersAfter);
  const answers = records.filter(since).map(({ lastTokenNs }) => lastTokenNs ?? 0);
  return { ...instants, readyNs, answeredNs: answers.length === 0 ? null : Math.min(...answers) };
}

async function breakIt(
  { now }: PoolContext,
  before: readonly Engine[],
  fault: Fault,
  file: BreakableFile | null,
  someRefused: () => Promise<number | null>,
): Promise<Instants> {
  const [victim] = before;
  if (victim === undefined) throw new Error('a pool without an engine');
  const faultNs = now();
  switch (fault) {
    case 'killed': {
      process.kill(victim.pid, 'SIGKILL');
      const failure = await victim.ended;
      const goneNs = now();
      return { faultNs, goneNs, clearedNs: goneNs, note: `one of ${engines} engines: ${oneLine(failure)}` };
    }
    case 'out_of_memory': {
      try {
        await denyMemory(victim.pid);
      } catch (error) {
        return { faultNs: null, goneNs: null, clearedNs: null, note: `no limit could be set: ${oneLine(error)}` };
      }
      const failure = await Promise.race([victim.ended, sleep(patienceMs, undefined, { ref: false })]);
      if (failure === undefined) {
        const note = `it went on for ${patienceMs / 1000} s without asking for memory`;
        return { faultNs, goneNs: null, clearedNs: null, note };
      }
      const goneNs = now();
      const note = `one of ${engines} engines, its address space limited: ${oneLine(failure)}`;
      return { faultNs, goneNs, clearedNs: goneNs, note };
    }
    case 'broken_model': {
      await file?.cutShort();
      for (const { pid } of before) process.kill(pid, 'SIGKILL');
      await Promise.all(before.map(({ ended }) => ended));
      const goneNs = now();
      const refusedNs = await someRefused();
      await file?.mend();
      const clearedNs = now();
      const seconds = ((clearedNs - faultNs) / 1e9).toFixed(1);
      const until = refusedNs === null ? 'though no client was refused' : 'until a client was refused';
      const note = `all ${engines} engines killed, the model file cut short for ${seconds} s, ${until}`;
      return { faultNs, goneNs, clearedNs, note };
    }
    default:
      return fault satisfies never;
  }
}

/** Half an answer after both are being written; a fault between two answers would cost nobody anything. */
async function middleOfAnswer(pool: EnginePool, records: readonly PoolRequestRecord[]): Promise<void> {
  const last = records.findLast(isAnswered);
  while (pool.running < engines) await sleep(1);
  if (last !== undefined) await sleep((last.endNs - last.startNs) / 2e6);
}

function sameEngines(now: readonly Engine[], before: readonly Engine[]): boolean {
  return now.every((engine) => before.includes(engine));
}

function isAnswered({ outcome }: PoolRequestRecord): boolean {
  return outcome === 'answered' || outcome === 'repeated';
}
