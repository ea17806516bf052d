/** Figures of a running endpoint for Prometheus. Instants are the engines' own, on the clock they share with the endpoint. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { EnginePool } from '../engine/pool/engine-pool.ts';
import { memoryMeter } from '../run/memory-meter.ts';
import type { Timings } from './answer-format.ts';
import type { Written } from './generation.ts';

const fromTenthOfMs = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];
const upToMinutes = [...fromTenthOfMs, 2.5, 5, 10, 30, 60, 120];

export class ServiceMetrics {
  readonly #registry = new Registry();
  readonly #registers = [this.#registry];
  readonly #requests = new Counter({
    name: 'tokenlap_requests_total',
    help: 'Requests by path and status; "left": the client was gone before the answer was out',
    labelNames: ['path', 'status'],
    registers: this.#registers,
  });
  readonly #queueSeconds = new Histogram({
    name: 'tokenlap_queue_seconds',
    help: 'From the arrival of a request until it has an engine',
    buckets: upToMinutes,
    registers: this.#registers,
  });
  readonly #ttftSeconds = new Histogram({
    name: 'tokenlap_time_to_first_token_seconds',
    help: 'From the arrival of a request until its first token exists in the engine; queueing included',
    buckets: upToMinutes,
    registers: this.#registers,
  });
  readonly #tpotSeconds = new Histogram({
    name: 'tokenlap_time_per_output_token_seconds',
    help: '(tn - t1) / (n - k) of each answer of two tokens or more, k having come with the first, in the engine',
    buckets: fromTenthOfMs,
    registers: this.#registers,
  });
  readonly #promptTokens = new Counter({
    name: 'tokenlap_prompt_tokens_total',
    help: 'Prompt tokens of the answers, cached ones included',
    registers: this.#registers,
  });
  readonly #cachedTokens = new Counter({
    name: 'tokenlap_cached_prompt_tokens_total',
    help: 'Prompt tokens that were still in the KV cache',
    registers: this.#registers,
  });
  readonly #generatedTokens = new Counter({
    name: 'tokenlap_generated_tokens_total',
    help: 'Generated tokens of the answers',
    registers: this.#registers,
  });
  readonly #restarts = new Counter({
    name: 'tokenlap_engine_restarts_total',
    help: 'Engines that died and were started again',
    registers: this.#registers,
  });

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** Gauges that are read when somebody looks. */
  watch(pool: EnginePool): void {
    this.#gauge('tokenlap_requests_waiting', 'Requests in line for an engine', () => pool.waiting);
    this.#gauge('tokenlap_requests_running', 'Requests that are being answered', () => pool.running);
    this.#gauge('tokenlap_engines_ready', 'Engines that are up, busy or not', () => pool.engines.length);
    this.#gauge('tokenlap_seats_ready', 'Answers that these engines can give at a time', () => pool.slots.length);
    const meter = memoryMeter();
    this.#gauge('tokenlap_engines_resident_bytes', `Resident set of all engines: ${meter.name}`, async () => {
      const readings = await Promise.all(pool.engines.map(({ pid }) => meter.glance(pid)));
      return readings.reduce((sum, { residentBytes }) => sum + residentBytes, 0);
    });
    this.#gauge('tokenlap_tokenizers_resident_bytes', 'The same of processes that lend them tokenizers', async () => {
      const pids = pool.engines.flatMap(({ tokenizerPid }) => tokenizerPid ?? []);
      const readings = await Promise.all(pids.map((pid) => meter.glance(pid)));
      return readings.reduce((sum, { residentBytes }) => sum + residentBytes, 0);
    });
    this.#gauge('tokenlap_endpoint_resident_bytes', 'Resident set of the endpoint itself', () =>
      process.memoryUsage.rss(),
    );
  }

  request(path: string, status: number | 'left'): void {
    this.#requests.inc({ path, status });
  }

  answer({ promptTokens, cachedPromptTokens, ids }: Written, { queue_ms, ttft_ms, tpot_ms }: Timings): void {
    this.#queueSeconds.observe(queue_ms / 1000);
    if (ttft_ms !== null) this.#ttftSeconds.observe(ttft_ms / 1000);
    if (tpot_ms !== null) this.#tpotSeconds.observe(tpot_ms / 1000);
    this.#promptTokens.inc(promptTokens);
    this.#cachedTokens.inc(cachedPromptTokens);
    this.#generatedTokens.inc(ids.length);
  }

  restarted(): void {
    this.#restarts.inc();
  }

  #gauge(name: string, help: string, read: () => number | Promise<number>): void {
    new Gauge({
      name,
      help,
      registers: this.#registers,
      async collect() {
        this.set(await read());
      },
    });
  }
}
