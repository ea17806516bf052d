/** From a request that was read to an answer that is out: waits for an engine, writes, streams, and stops when the client leaves. */
import { randomInt } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { EngineSlot } from '../engine/pool/slots.ts';
import { arrivalsOf, decodeSpan } from '../log/figures/arrivals.ts';
import { isName, type Service } from './admission.ts';
import { AnswerFormat, type Dialect, type Timings } from './answer-format.ts';
import { badRequest, errorOf, modelNotFound } from './api-error.ts';
import { EventStream } from './event-stream.ts';
import { generateText, type Job, type Written } from './generation.ts';
import type { Asked } from './request-fields.ts';

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
  // On the reply itself: a stream writes its own head.
  if (asked.ignored.length > 0) reply.raw.setHeader('x-tokenlap-ignored', asked.ignored.join(', '));
  if (!isName(model, asked.model)) throw modelNotFound(asked.model, model.id);
  const job = jobOf(asked, service);
  if (job.topP !== 1 && job.temperature !== 0 && !model.samplesTopP) {
    throw badRequest(`"top_p": ${model.framework} draws from all tokens`, 'top_p', 'unsupported_parameter');
  }
  const format = new AnswerFormat(dialect, {
    model: model.id,
    fingerprint: model.fingerprint,
    includeUsage: asked.includeUsage,
    returnTokenIds: asked.returnTokenIds,
  });
  const stream = new EventStream(reply.raw, { stallMs: service.limits.stallMs, unreadBytes });
  const signal = leaving(request, reply);
  const open = () => {
    if (stream.opened) return;
    reply.hijack();
    stream.open();
    stream.send(...format.opening());
  };
  const onText = (text: string) => {
    open();
    stream.send(format.delta(text));
  };
  const write = async (slot: EngineSlot) => {
    const startedNs = now();
    const written = await generateText(slot, job, { onText: asked.stream ? onText : undefined, signal });
    const timings = timingsOf(arrivedNs, startedNs, written);
    metrics.answer(written, timings);
    return { written, timings };
  };
  try {
    const { written, timings } = await pool.run(signal, write);
    if (!asked.stream) return format.whole(written, timings);
    open();
    stream.send(...format.closing(written, timings));
    stream.finish();
    return reply;
  } catch (error) {
    if (signal.aborted) return reply.hijack();
    if (!stream.opened) throw error;
    stream.send(errorOf(error).body);
    stream.breakOff();
    return reply;
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

function jobOf({ prompt, maxTokens, topP, stop, ignoreEndOfSequence, ...asked }: Asked, service: Service): Job {
  const { defaults, limits } = service;
  return {
    prompt,
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
