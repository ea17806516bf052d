/** What an endpoint serves, and how: all that its routes share. */
import type { Clock } from '../engine/clock.ts';
import type { ChatTemplate } from '../models/chat-template.ts';
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
  /** The name in requests and answers. */
  id: string;
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
  template: ChatTemplate;
  begin: (text: string) => string;
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
