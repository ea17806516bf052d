/** An endpoint from its engines to its port, and back in order. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { exitCodes, isSystemError, UserError } from '../command-line/errors.ts';
import { clockSince, monotonicNow } from '../engine/clock.ts';
import { EnginePool, type PoolSize } from '../engine/pool/engine-pool.ts';
import type { EngineConfig } from '../engine/pool/slots.ts';
import type { Framework } from '../frameworks/framework.ts';
import type { ModelRecord } from '../log/records/model-record.ts';
import { beginningWithBos, chatTemplateOf, templateFacts } from '../models/chat-template/chat-template.ts';
import { textArrayField } from '../models/gguf/format.ts';
import { readGguf } from '../models/gguf/reader.ts';
import type { ResolvedModel } from '../models/resolve.ts';
import type { AnswerDefaults, ServedModel, Service, ServiceLimits } from './admission.ts';
import { reportsLikelihoods, TokenTexts } from './log-probabilities.ts';
import { buildServer } from './server.ts';
import { ServiceMetrics } from './service-metrics.ts';

export interface EndpointPlan extends PoolSize {
  config: Omit<EngineConfig, 'originNs'>;
  /** The model's name in answers and in the list of models. */
  modelId: string;
  /** What requests may call it too. */
  aliases: readonly string[];
  /** Number of token ids of the model. */
  vocabulary: number;
  host: string;
  /** 0: any free one. */
  port: number;
  apiKey: string | undefined;
  defaults: AnswerDefaults;
  /** `answerTokens` undefined: as many as the context has room for. */
  limits: Omit<ServiceLimits, 'answerTokens'> & { answerTokens: number | undefined };
}

export interface Endpoint extends AsyncDisposable {
  /** Base URL for OpenAI's clients: 'http://127.0.0.1:8080/v1'. */
  readonly url: string;
  readonly service: Service;
  /** Accepts nothing more, and gives what has begun some time to end. */
  close(graceMs: number): Promise<void>;
}

/** @throws UserError when an engine does not start or the port is taken */
export async function openEndpoint(plan: EndpointPlan, onProgress?: (fraction: number) => void): Promise<Endpoint> {
  const originNs = monotonicNow();
  const metrics = new ServiceMetrics();
  const pool = await EnginePool.start({ ...plan.config, originNs }, plan, {
    onRestart: () => metrics.restarted(),
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  try {
    metrics.watch(pool);
    const model = servedModel(plan, pool);
    const service: Service = {
      pool,
      metrics,
      now: clockSince(originNs),
      model,
      tokenTexts: new TokenTexts(),
      defaults: plan.defaults,
      limits: { ...plan.limits, answerTokens: plan.limits.answerTokens ?? model.contextTokens },
      apiKey: plan.apiKey,
    };
    const app = buildServer(service);
    const close = (graceMs: number) => closeInOrder(app, pool, graceMs);
    return { url: await listen(app, plan), service, close, [Symbol.asyncDispose]: () => close(0) };
  } catch (error) {
    await pool[Symbol.asyncDispose]();
    throw error;
  }
}

function servedModel({ config, modelId, aliases, vocabulary }: EndpointPlan, pool: EnginePool): ServedModel {
  const { framework, model } = config;
  const [slot] = pool.slots;
  const version = slot?.version ?? '';
  return {
    id: modelId,
    aliases,
    created: Math.floor(Date.now() / 1000),
    fingerprint: `fp_${model.record.sha256.slice(0, 12)}_${framework.name}_${version.replaceAll(/[^\w.-]+/g, '-')}`,
    framework: framework.name,
    version,
    quantization: model.record.quantization.got,
    vocabulary,
    contextTokens: slot?.contextTokens ?? config.settings.contextTokens,
    samplesTopP: framework.samplesTopP === true,
    reportsLikelihoods: slot !== undefined && reportsLikelihoods(slot.loaded),
    template: chatTemplateOf(model),
    tokenizer: templateFacts(model),
    begin: (text) => beginningWithBos(model, text),
  };
}

/** `tokenlap-tiny-chat-f16`: what it is called and what was made of it. */
export function nameOf({ name, quantization }: ModelRecord): string {
  return `${name} ${quantization.got}`
    .toLowerCase()
    .replaceAll(/[^a-z0-9._]+/g, '-')
    .replaceAll(/^-|-$/g, '');
}

/** Every name that the model was started with, or that a person would read off the file or the log. */
export function aliasesOf({ path, record }: ResolvedModel): string[] {
  const { name, size, file, asked } = record;
  const names = [nameOf(record), name, size, file, file.replace(/\.gguf$/i, ''), path, asked?.model, asked?.size];
  return [...new Set(names.filter((candidate) => candidate !== undefined && candidate !== ''))].map(String);
}

/** Number of token ids, which only GGUF files say; engines of other formats check token ids themselves. */
export async function vocabularySize({ modelFormats }: Framework, path: string): Promise<number> {
  if (!modelFormats.includes('gguf')) return Number.MAX_SAFE_INTEGER;
  const { metadata } = await readGguf(path);
  return textArrayField(metadata, 'tokenizer.ggml.tokens')?.length ?? 0;
}

/** New connections that the system keeps until they are accepted; its own limit (somaxconn) may be lower. */
const backlog = 4096;

async function listen(app: FastifyInstance, { host, port }: EndpointPlan): Promise<string> {
  try {
    // The name would open two servers, one for each kind of address.
    return `${await app.listen({ host: host === 'localhost' ? '127.0.0.1' : host, port, backlog })}/v1`;
  } catch (error) {
    await app.close();
    const known = isSystemError(error) ? listenErrors[error.code ?? ''] : undefined;
    if (known === undefined) throw error;
    throw new UserError(`cannot listen on ${host}:${port}: ${known.meaning}`, {
      cause: error,
      exitCode: exitCodes.usage,
      remedy: known.remedy,
    });
  }
}

const listenErrors: Record<string, { meaning: string; remedy: string }> = {
  EADDRINUSE: { meaning: 'the port is taken', remedy: 'Choose another --port; 0 takes any free one.' },
  EACCES: { meaning: 'permission denied', remedy: 'Choose a --port of 1024 or more.' },
  EADDRNOTAVAIL: { meaning: 'this machine has no such address', remedy: 'Choose another --host.' },
  ENOTFOUND: { meaning: 'there is no such host', remedy: 'Choose another --host.' },
};

async function closeInOrder(app: FastifyInstance, pool: EnginePool, graceMs: number): Promise<void> {
  const limit = new AbortController();
  const closed = app.close();
  await Promise.race([closed, sleep(graceMs, undefined, { signal: limit.signal }).catch(() => {})]);
  limit.abort();
  // Clients that still wait for an answer get an error; those that do not even read that are cut off.
  await pool[Symbol.asyncDispose]();
  await Promise.race([closed, sleep(lastWordsMs)]);
  app.server.closeAllConnections();
  await closed;
}

const lastWordsMs = 250;
