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
  readonly #requests = this.#counter(
    'requests_total',
    'Requests by path and status; "left": the client was gone before the answer was out',
    ['path', 'status'],
  );
  readonly #queueSeconds = this.#histogram(
    'queue_seconds',
    'From the arrival of a request until it has an engine',
    upToMinutes,
  );
  readonly #ttftSeconds = this.#histogram(
    'time_to_first_token_seconds',
    'From the arrival of a request until its first token exists in the engine; queueing included',
    upToMinutes,
  );
  readonly #tpotSeconds = this.#histogram(
    'time_per_output_token_seconds',
    '(tn - t1) / (n - k) of each answer of two tokens or more, k having come with the first, in the engine',
    fromTenthOfMs,
  );
  readonly #promptTokens = this.#counter('prompt_tokens_total', 'Prompt tokens of the answers, cached ones included');
  readonly #cachedTokens = this.#counter('cached_prompt_tokens_total', 'Prompt tokens that were still in the KV cache');
  readonly #generatedTokens = this.#counter('generated_tokens_total', 'Generated tokens of the answers');
  readonly #restarts = this.#counter('engine_restarts_total', 'Engines that died and were started again');

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** Gauges that are read when somebody looks. */
  watch(pool: EnginePool): void {
    const meter = memoryMeter();
    const residentBytes = async (pids: readonly number[]) => {
      const readings = await Promise.all(pids.map((pid) => meter.glance(pid)));
      return readings.reduce((sum, reading) => sum + reading.residentBytes, 0);
    };
    this.#gauge('requests_waiting', 'Requests in line for an engine', () => pool.waiting);
    this.#gauge('requests_running', 'Requests that are being answered', () => pool.running);
    this.#gauge('engines_ready', 'Engines that are up, busy or not', () => pool.engines.length);
    this.#gauge('seats_ready', 'Answers that these engines can give at a time', () => pool.slots.length);
    this.#gauge('engines_resident_bytes', `Resident set of all engines: ${meter.name}`, () =>
      residentBytes(pool.engines.map(({ pid }) => pid)),
    );
    this.#gauge('tokenizers_resident_bytes', 'The same of processes that lend them tokenizers', () =>
      residentBytes(pool.engines.flatMap(({ tokenizerPid }) => tokenizerPid ?? [])),
    );
    this.#gauge('endpoint_resident_bytes', 'Resident set of the endpoint itself', () => process.memoryUsage.rss());
  }

  request(path: string, status: number | 'left'): void {
    this.#requests.inc({ path, status });
  }

  answer({ prompt, cachedPromptTokens, ids }: Written, { queue_ms, ttft_ms, tpot_ms }: Timings): void {
    this.#queueSeconds.observe(queue_ms / 1000);
    if (ttft_ms !== null) this.#ttftSeconds.observe(ttft_ms / 1000);
    if (tpot_ms !== null) this.#tpotSeconds.observe(tpot_ms / 1000);
    this.#promptTokens.inc(prompt.length);
    this.#cachedTokens.inc(cachedPromptTokens);
    this.#generatedTokens.inc(ids.length);
  }

  restarted(): void {
    this.#restarts.inc();
  }

  #counter(name: string, help: string, labelNames: string[] = []) {
    return new Counter({ name: `tokenlap_${name}`, help, labelNames, registers: [this.#registry] });
  }

  #histogram(name: string, help: string, buckets: number[]) {
    return new Histogram({ name: `tokenlap_${name}`, help, buckets, registers: [this.#registry] });
  }

  #gauge(name: string, help: string, read: () => number | Promise<number>): void {
    new Gauge({
      name: `tokenlap_${name}`,
      help,
      registers: [this.#registry],
      async collect() {
        this.set(await read());
      },
    });
  }
}
