/** What an endpoint serves, and how: all that its routes share. */
import type { Clock } from '../engine/clock.ts';
import type { ChatTemplate } from '../models/chat-template/chat-template.ts';
import type { EnginePool } from './engine-pool.ts';
import type { ServiceMetrics } from './service-metrics.ts';

export interface Service {
  pool: EnginePool;
  metrics: ServiceMetrics;
  /** Nanoseconds on the axis of the engines. */
  now: Clock;
  model: ServedModel;
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
  template: ChatTemplate;
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
