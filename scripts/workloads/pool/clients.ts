/** Clients of a pool: each asks again as soon as it has its answer, and every request ends in exactly one record. */
import { setTimeout as sleep } from 'node:timers/promises';
import { oneLine, UserError } from '../../command-line/errors.ts';
import type { EnginePool } from '../../engine/pool/engine-pool.ts';
import { arrivalsOf } from '../../log/figures/arrivals.ts';
import { type PoolContext, poolRequest } from './engines.ts';
import type { PoolRequestRecord } from './records.ts';

export interface Client {
  pool: Pick<EnginePool, 'run'>;
  /** Name of the model that this pool has. */
  model: string;
  /** Asked one after the other, round and round. */
  prompts: ReadonlyArray<readonly number[]>;
}

export interface Asking {
  of: PoolRequestRecord['of'];
  /** How often a request is repeated that failed. */
  retries: number;
  /** False: no further request is sent. */
  goesOn: () => boolean;
  /** Tokens after this instant are too late to count. */
  deadlineNs: number;
  onRequest?: (record: PoolRequestRecord) => void;
}

export interface Asked {
  sent: number;
  records: PoolRequestRecord[];
}

/** A client that was refused waits a moment, as `Retry-After` would have it. */
const pauseMs = 100;

/** Resolves when all clients have stopped. */
export async function askByTurns(context: PoolContext, clients: readonly Client[], asking: Asking): Promise<Asked> {
  const asked: Asked = { sent: 0, records: [] };
  await Promise.all(
    clients.map(async (client, worker) => {
      while (asking.goesOn() && !context.signal.aborted) {
        const record = await ask(context, client, asking, { request: asked.sent++, worker });
        asked.records.push(record);
        asking.onRequest?.(record);
        if (record.outcome === 'failed') await sleep(pauseMs);
      }
    }),
  );
  asked.records.sort((a, b) => a.request - b.request);
  return asked;
}

async function ask(
  context: PoolContext,
  { pool, model, prompts }: Client,
  { of, retries, deadlineNs }: Asking,
  place: Pick<PoolRequestRecord, 'request' | 'worker'>,
): Promise<PoolRequestRecord> {
  const { now, signal } = context;
  const prompt = [...(prompts[place.request % prompts.length] ?? [])];
  const startNs = now();
  let attempts = 0;
  let failure: string | null = null;
  const ended = (outcome: PoolRequestRecord['outcome'], atNs: readonly number[] = []): PoolRequestRecord => ({
    type: 'pool_request',
    of,
    ...place,
    model,
    startNs,
    firstTokenNs: atNs.at(0) ?? null,
    lastTokenNs: atNs.at(-1) ?? null,
    endNs: now(),
    tokens: atNs.length,
    ...arrivalsOf(atNs, 0),
    tokensInTime: atNs.filter((instant) => instant <= deadlineNs).length,
    attempts,
    outcome,
    failure,
  });
  while (true) {
    attempts++;
    try {
      const { atNs } = await pool.run(signal, ({ engine }) => engine.generate(poolRequest(prompt, context)));
      return ended(attempts === 1 ? 'answered' : 'repeated', atNs);
    } catch (error) {
      if (signal.aborted) return ended('stopped');
      // What a pool reports to its clients; anything else is a fault of ours.
      if (!(error instanceof UserError)) throw error;
      failure = oneLine(error);
      if (attempts > retries) return ended('failed');
    }
  }
}
