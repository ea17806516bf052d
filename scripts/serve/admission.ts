/** Who may ask: everybody on this machine, or whoever has the key. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Server } from 'node:http';
import { isIPv4, type Socket } from 'node:net';
import type { Clock } from '../engine/clock.ts';
import type { EnginePool } from '../engine/pool/engine-pool.ts';
import type { ChatTemplate, TemplateFacts } from '../models/chat-template/chat-template.ts';
import { ApiError } from './api-error.ts';
import type { TokenTexts } from './log-probabilities.ts';
import type { ServiceMetrics } from './service-metrics.ts';

/** What an endpoint serves, and how: all that its routes share. */
export interface Service {
  pool: EnginePool;
  metrics: ServiceMetrics;
  /** Nanoseconds on the axis of the engines. */
  now: Clock;
  model: ServedModel;
  /** Texts of the tokens that were named beside those of answers. */
  tokenTexts: TokenTexts;
  defaults: AnswerDefaults;
  limits: ServiceLimits;
  /** Needed for every request; undefined: none is, from this machine only. */
  apiKey: string | undefined;
}

export interface ServedModel {
  /** The name in answers, and the one that is listed. */
  id: string;
  /** What else it is called in requests: all that it was started with. */
  aliases: readonly string[];
  /** Unix time, seconds. */
  created: number;
  /** Changes with the weights, their format, the framework and its version. */
  fingerprint: string;
  framework: string;
  version: string;
  quantization: string;
  /** Number of token ids. */
  vocabulary: number;
  contextTokens: number;
  /** Whether the framework can draw from the most probable tokens only. */
  samplesTopP: boolean;
  /** Whether the loaded model tells probabilities of tokens. */
  reportsLikelihoods: boolean;
  template: ChatTemplate;
  tokenizer: TemplateFacts;
  begin: (text: string) => string;
}

/** Whether a request means this model. */
export function isName({ id, aliases }: Pick<ServedModel, 'id' | 'aliases'>, asked: string): boolean {
  const wanted = asked.toLowerCase();
  return [id, ...aliases].some((name) => name.toLowerCase() === wanted);
}

export interface AnswerDefaults {
  /** For requests that set none. */
  temperature: number;
  reusePrefix: boolean;
}

export interface ServiceLimits {
  /** Most tokens of an answer. */
  answerTokens: number;
  bodyBytes: number;
  connections: number;
  /** How long a client may take to send a whole request. Milliseconds. */
  requestMs: number;
  /** How long a client may leave an answer unread. Milliseconds. */
  stallMs: number;
}

export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  return bare === 'localhost' || bare === '::1' || (isIPv4(bare) && bare.startsWith('127.'));
}

export interface Credentials {
  authorization?: string | undefined;
  /** The `Host` header. */
  host?: string | undefined;
}

/**
 * @param key undefined: none is needed, but the request must name this machine, or a web page that has its own name point
 * here could read the answers (DNS rebinding)
 * @throws ApiError 401 or 403
 */
export function authorize(key: string | undefined, { authorization, host }: Credentials): void {
  if (key === undefined) {
    if (host === undefined || isLoopback(host.replace(/:\d+$/, ''))) return;
    throw new ApiError(403, 'invalid_request_error', 'without a key this endpoint answers to the name localhost only');
  }
  const given = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
  if (given !== undefined && timingSafeEqual(digest(given), digest(key))) return;
  throw new ApiError(
    401,
    'authentication_error',
    given === undefined ? 'a key is needed: "Authorization: Bearer KEY"' : 'the key is wrong',
    { code: 'invalid_api_key' },
  );
}

/** A digest has the same length for all keys, so that comparing them takes equally long. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** A limit to open connections under which the endpoint still answers: idle ones make room for new ones. */
export class Connections {
  readonly #limit: number;
  /** Longest idle first. */
  readonly #idle = new Set<Socket>();
  readonly #busy = new Map<Socket, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  watch(server: Server): void {
    server.on('connection', (socket) => this.#accept(socket));
  }

  get open(): number {
    return this.#idle.size + this.#busy.size;
  }

  /** A whole request has arrived on it. */
  begin(socket: Socket): void {
    this.#idle.delete(socket);
    this.#busy.set(socket, (this.#busy.get(socket) ?? 0) + 1);
  }

  /** Its answer is out. */
  end(socket: Socket): void {
    const others = (this.#busy.get(socket) ?? 1) - 1;
    if (others > 0) this.#busy.set(socket, others);
    else if (this.#busy.delete(socket) && !socket.destroyed) this.#idle.add(socket);
  }

  #accept(socket: Socket): void {
    if (this.open >= this.#limit) {
      const [longestIdle] = this.#idle;
      if (longestIdle === undefined) {
        socket.destroy();
        return;
      }
      this.#idle.delete(longestIdle);
      longestIdle.destroy();
    }
    this.#idle.add(socket);
    socket.once('close', () => {
      this.#idle.delete(socket);
      this.#busy.delete(socket);
    });
  }
}
