/** Clients of a pool: each asks again as soon as it has its answer, and every request ends in exactly one record. */
import { oneLine, UserError } from '../../command-line/errors.ts';
import type { Clock } from '../../engine/clock.ts';
import { arrivalsOf } from '../../log/figures/arrivals.ts';
import { ApiError } from '../../serve/api-error.ts';
import type { EngineSeat } from '../../serve/engine-seat.ts';
import type { PoolRequestRecord } from './records.ts';

/** What a client needs of a pool. */
interface Seats {
  run<T>(signal: AbortSignal, work: (seat: EngineSeat) => Promise<T>): Promise<T>;
}

export interface Client {
  pool: Seats;
  /** Name of the model that this pool has. */
  model: string;
  /** Asked one after the other, round and round. */
  prompts: ReadonlyArray<readonly number[]>;
}

export interface Asking {
  of: PoolRequestRecord['of'];
  maxTokens: number;
  seed: number;
  /** How often a request is repeated that failed. */
  retries: number;
  now: Clock;
  signal: AbortSignal;
  /** False: no further request is sent. */
  goesOn: () => boolean;
  /** Tokens after this instant are too late to count. */
  deadlineNs: () => number;
  onRequest?: (record: PoolRequestRecord) => void;
}

export interface Asked {
  sent: number;
  records: PoolRequestRecord[];
}

/** A client that was refused waits a moment, as `Retry-After` would have it. */
const pauseMs = 100;

/** Resolves when all clients have stopped. */
export async function askByTurns(clients: readonly Client[], asking: Asking): Promise<Asked> {
  const asked: Asked = { sent: 0, records: [] };
  await Promise.all(
    clients.map(async (client, worker) => {
      while (asking.goesOn() && !asking.signal.aborted) {
        const request = asked.sent++;
        const record = await ask(client, worker, request, asking);
        asked.records.push(record);
        asking.onRequest?.(record);
        if (record.outcome === 'failed') await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    }),
  );
  asked.records.sort((a, b) => a.request - b.request);
  return asked;
}

async function ask(
  { pool, model, prompts }: Client,
  worker: number,
  request: number,
  asking: Asking,
): Promise<PoolRequestRecord> {
  const { of, now, signal, retries, maxTokens, seed } = asking;
  const prompt = [...(prompts[request % prompts.length] ?? [])];
  const startNs = now();
  const told = (end: Pick<PoolRequestRecord, 'attempts' | 'outcome' | 'failure'>, atNs: readonly number[] = []) => ({
    type: 'pool_request' as const,
    of,
    request,
    worker,
    model,
    startNs,
    firstTokenNs: atNs.at(0) ?? null,
    lastTokenNs: atNs.at(-1) ?? null,
    endNs: now(),
    tokens: atNs.length,
    ...arrivalsOf(atNs, 0),
    tokensInTime: atNs.filter((instant) => instant <= asking.deadlineNs()).length,
    ...end,
  });
  let failure: string | null = null;
  for (let attempts = 1; ; attempts++) {
    try {
      const { atNs } = await pool.run(signal, ({ engine }) =>
        engine.generate({
          prompt,
          maxTokens,
          temperature: 0,
          seed,
          ignoreEndOfSequence: true,
          reusePrefix: false,
          stream: false,
        }),
      );
      return told({ attempts, outcome: attempts === 1 ? 'answered' : 'repeated', failure }, atNs);
    } catch (error) {
      if (signal.aborted) return told({ attempts, outcome: 'stopped', failure });
      if (!isReported(error)) throw error;
      failure = oneLine(error);
      if (attempts > retries) return told({ attempts, outcome: 'failed', failure });
    }
  }
}

/** Failures that a pool tells its clients; anything else is a fault of ours. */
function isReported(error: unknown): boolean {
  return error instanceof UserError || error instanceof ApiError;
}
