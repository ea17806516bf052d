/** From a request that was read to an answer that is out: waits for an engine, writes, streams, and stops when the client leaves. */
import { randomInt } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { EngineSlot } from '../engine/pool/slots.ts';
import { arrivalsOf, decodeSpan } from '../log/figures/arrivals.ts';
import { isName, type ServedModel, type Service } from './admission.ts';
import { type Answer, AnswerFormat, type Dialect, type Timings } from './answer-format.ts';
import { badRequest, errorOf, modelNotFound } from './api-error.ts';
import { EventStream } from './event-stream.ts';
import { generateText, type Job, type Prompt, type Written } from './generation.ts';
import { tokenLikelihoods } from './log-probabilities.ts';
import { type Asked, nameIgnored } from './request-fields.ts';

const msPerNs = 1e-6;
/** What may wait for a slow client; an answer is rarely longer. */
const unreadBytes = 1024 * 1024;

/** @throws ApiError as long as nothing was sent; later errors become a part of the stream */
export async function answerRequest(
  service: Service,
  dialect: Dialect,
  asked: Asked,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const { model, pool, metrics, now } = service;
  const arrivedNs = now();
  nameIgnored(reply, asked.ignored);
  if (!isName(model, asked.model)) throw modelNotFound(asked.model, model.id);
  const jobs = asked.prompts.map((prompt) => jobOf(asked, prompt, service));
  for (const job of jobs) refuseImpossible(job, asked, model);
  const format = new AnswerFormat(dialect, {
    model: model.id,
    fingerprint: model.fingerprint,
    includeUsage: asked.includeUsage,
    returnTokenIds: asked.returnTokenIds,
  });
  const stream = new EventStream(reply.raw, { stallMs: service.limits.stallMs, unreadBytes });
  const left = leaving(request, reply);
  const failed = new AbortController();
  const signal = AbortSignal.any([left, failed.signal]);
  const open = () => {
    if (stream.opened) return;
    reply.hijack();
    stream.open();
    stream.send(...format.opening());
  };
  const onTextOf = (index: number) => (text: string) => {
    if (signal.aborted) return;
    open();
    stream.send(format.delta(index, text));
  };
  const write = async (slot: EngineSlot, job: Job, index: number): Promise<Answer> => {
    const startedNs = now();
    const onText = asked.stream ? onTextOf(index) : undefined;
    const written = await generateText(slot, job, { onText, signal });
    const timings = timingsOf(arrivedNs, startedNs, written);
    metrics.answer(written, timings);
    const wanted = { alternatives: asked.alternatives ?? 0, end: dialect.listsEnd };
    const likelihoods =
      asked.alternatives === undefined ? undefined : await tokenLikelihoods(slot, written, wanted, service.tokenTexts);
    signal.throwIfAborted();
    const answer = { written, timings, likelihoods };
    if (asked.stream) {
      open();
      stream.send(format.closing(index, answer));
    }
    return answer;
  };
  try {
    const answers = await inLanes(jobs, pool.slots.length, (job, index) =>
      pool.run(signal, (slot) => write(slot, job, index)),
    );
    if (!asked.stream) return format.whole(answers);
    stream.send(...format.usage(answers));
    stream.finish();
    return reply;
  } catch (error) {
    failed.abort();
    if (left.aborted) return reply.hijack();
    if (!stream.opened) throw error;
    stream.send(errorOf(error).body);
    stream.breakOff();
    return reply;
  }
}

/** Results in the order of the items; no more of them wait or work at a time than there are lanes, at least one. */
async function inLanes<T, R>(
  items: readonly T[],
  lanes: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const rest = items.entries();
  const lane = async () => {
    for (const [index, item] of rest) results[index] = await work(item, index);
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(lanes, items.length)) }, lane));
  return results;
}

/** @throws ApiError 400 for what the engine cannot do */
function refuseImpossible(job: Job, { alternatives }: Asked, model: ServedModel): void {
  if (job.topP !== 1 && job.temperature !== 0 && !model.samplesTopP) {
    throw badRequest(`"top_p": ${model.framework} draws from all tokens`, 'top_p', 'unsupported_parameter');
  }
  if (alternatives !== undefined && !model.reportsLikelihoods) {
    const message = `"logprobs": ${model.framework} does not report probabilities of tokens; docs/serve.md says which frameworks do`;
    throw badRequest(message, 'logprobs', 'unsupported_parameter');
  }
}

/** Aborted when the client has gone before its answer was out. */
function leaving(request: FastifyRequest, reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  const abort = () => {
    if (!reply.raw.writableFinished) controller.abort();
  };
  if (request.socket.destroyed) controller.abort();
  reply.raw.once('close', abort);
  return controller.signal;
}

function jobOf(asked: Asked, prompt: Prompt, service: Service): Job {
  const { echo, maxTokens, topP, stop, ignoreEndOfSequence } = asked;
  const { defaults, limits } = service;
  return {
    prompt,
    echo,
    maxTokens,
    tokenLimit: limits.answerTokens,
    temperature: asked.temperature ?? defaults.temperature,
    topP,
    seed: asked.seed === undefined ? randomInt(2 ** 31) : Math.abs(asked.seed) % 2 ** 31,
    stop,
    ignoreEndOfSequence,
    reusePrefix: defaults.reusePrefix,
  };
}

function timingsOf(arrivedNs: number, startedNs: number, { atNs }: Written): Timings {
  const [first, last] = [atNs.at(0), atNs.at(-1)];
  const stamped = { tokens: atNs.length, firstTokenNs: first, lastTokenNs: last };
  const decode = decodeSpan({ ...stamped, ...arrivalsOf(atNs, 0) });
  return {
    queue_ms: (startedNs - arrivedNs) * msPerNs,
    ttft_ms: first === undefined ? null : (first - arrivedNs) * msPerNs,
    tpot_ms: decode === null ? null : (decode.durationNs / decode.tokens) * msPerNs,
  };
}
