/** Faults while clients are asking: how long until the pool is whole again, and what became of every request meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { EnginePool } from '../../engine/pool/engine-pool.ts';
import { askByTurns } from './clients.ts';
import { engineConfig, type PoolContext, promptsOf, withPools } from './engines.ts';
import { BreakableFile, inject, patienceMs } from './faults.ts';
import { isAnswered } from './figures.ts';
import type { Fault, PoolRequestRecord } from './records.ts';

/** One is hit, the other one goes on. */
const engines = 2;
const answersBefore = 4;
const answersAfter = 4;
const lookEveryMs = 5;

export async function measureRecovery(context: PoolContext, fault: Fault): Promise<void> {
  const { workload, write, signal } = context;
  const { name, model } = workload.model;
  await using file = fault === 'broken_model' ? await BreakableFile.of(model.path) : null;
  const named = { name, model: { ...model, path: file?.path ?? model.path } };
  const config = engineConfig(context, named, { engines });
  await withPools(context, [config], { engines, queueLimit: engines }, async ([pool]) => {
    if (pool === undefined) return;
    const client = { pool, model: name, prompts: await promptsOf(context, pool, named) };
    const records: PoolRequestRecord[] = [];
    let done = false;
    const clients = askByTurns(context, [client, client], {
      of: fault,
      retries: workload.retries,
      goesOn: () => !done,
      deadlineNs: Number.POSITIVE_INFINITY,
      onRequest: (record) => records.push(record),
    });
    const found = await breakAndWait(context, pool, fault, file, records).finally(() => {
      done = true;
    });
    const asked = await clients;
    signal.throwIfAborted();
    write({ type: 'pool_recovery', fault, engines, sequences: 1, ...found, sent: asked.sent }, ...asked.records);
  });
}

async function breakAndWait(
  { now, signal }: PoolContext,
  pool: EnginePool,
  fault: Fault,
  file: BreakableFile | null,
  records: readonly PoolRequestRecord[],
) {
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
  // The file is mended only once a client was refused: then an engine has failed to load it.
  const untilRefused = () => until(() => records.some(({ outcome }) => outcome === 'failed'));
  const instants = await inject(fault, before, { file, now, untilRefused });
  if (instants.goneNs === null) return { ...instants, readyNs: null, answeredNs: null };
  const isWhole = () => pool.engines.length === engines && pool.engines.some((engine) => !before.includes(engine));
  const readyNs = await until(isWhole);
  if (readyNs === null) {
    return { ...instants, readyNs, answeredNs: null, note: `${instants.note}; not whole after ${patienceMs / 1000} s` };
  }
  const since = () => records.filter((record) => isAnswered(record) && (record.firstTokenNs ?? 0) >= readyNs);
  await until(() => since().length >= answersAfter);
  const answers = since().map(({ lastTokenNs }) => lastTokenNs ?? 0);
  return { ...instants, readyNs, answeredNs: answers.length === 0 ? null : Math.min(...answers) };
}

/** Half an answer after both are being written; a fault between two answers would cost nobody anything. */
async function middleOfAnswer(pool: EnginePool, records: readonly PoolRequestRecord[]): Promise<void> {
  const last = records.findLast(isAnswered);
  while (pool.running < engines) await sleep(1);
  if (last !== undefined) await sleep((last.endNs - last.startNs) / 2e6);
}
