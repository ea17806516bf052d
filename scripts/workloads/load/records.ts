/** What a load test writes into the raw log: a line for each request, and one for each stage of the load behind its requests. */

import { InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { count, ns } from '../../log/record-fields.ts';

/** How a request failed: kinds that are counted apart and never averaged in. */
export const failureKinds = [
  /** No connection, or it was lost before the answer began. */
  'connection',
  'timeout',
  /** 429 */
  'rate_limited',
  /** Any other 4xx. */
  'client_error',
  'server_error',
  /** The stream ended before its end, or with an error. */
  'broken_stream',
  /** The server ended the answer by itself: abort, error, cancelled, content_filter. */
  'aborted',
  /** Tokens were generated, and none of them came as text: calls of tools, hidden reasoning. */
  'no_text',
  /** It answered, but not in this language. */
  'rubbish',
] as const;
export type FailureKind = (typeof failureKinds)[number];

const loadStageSchema = z.object({
  type: z.literal('load_stage'),
  stage: count,
  /** The shape of the whole test is in the header; a ramp has a stage for each number of clients. */
  shape: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('closed'), clients: z.int().positive() }),
    z.object({ kind: z.literal('open'), arrivals: z.enum(['constant', 'poisson']), perSecond: z.number().positive() }),
  ]),
  startNs: ns,
  /** The last answer is out. */
  endNs: ns,
  /** How many of them stand before this line. */
  requests: count,
});
export type LoadStageRecord = z.infer<typeof loadStageSchema>;

/** How any request was answered, by the stamps of whoever asked. */
export const requestFields = {
  firstTokenNs: ns.nullable(),
  lastTokenNs: ns.nullable(),
  endNs: ns,
  /** n: generated tokens, the end of the sequence not counted; counted as in answers. */
  tokens: count,
  /** m and k: distinct instants at which tokens came, and how many came with the first; see arrivals.ts. */
  arrivals: count.optional(),
  firstArrivalTokens: count.optional(),
};

const loadRequestSchema = z.object({
  type: z.literal('load_request'),
  stage: count,
  /** In order of sending. */
  index: count,
  questionId: z.string(),
  /** t0: when it should have been sent. A schedule does not wait for a slow server, and its delay counts. */
  scheduledNs: ns,
  sentNs: ns,
  firstByteNs: ns.nullable(),
  ...requestFields,
  /** Between successive pieces of text, nanoseconds; one fewer than the pieces. */
  gapsNs: z.array(ns),
  promptTokens: count.nullable(),
  cachedPromptTokens: count,
  /** Counted by our tokenizer. */
  ownTokens: count,
  stop: z.enum(['length', 'end', 'cancelled']).nullable(),
  failure: z.object({ kind: z.enum(failureKinds), status: z.int().nullable(), message: z.string() }).nullable(),
});
export type LoadRequestRecord = z.infer<typeof loadRequestSchema>;

export const records = {
  name: 'load',
  schemas: [loadStageSchema, loadRequestSchema],
  spans: [],
} as const;

export type LoadShape =
  | { kind: 'single' }
  /** Closed loop: each client asks again when it has its answer. */
  | { kind: 'concurrency'; clients: number }
  /** Open loop: requests come whether or not those before are answered. */
  | { kind: 'constant'; perSecond: number }
  | { kind: 'poisson'; perSecond: number }
  /** Closed loop with 1, 2, 4, ... clients until saturation, see saturation-figures.ts. */
  | { kind: 'ramp'; mostClients: number };

const forms = 'single, concurrency=8, rate=2.5, poisson=2.5, ramp or ramp=64';
const defaultMostClients = 256;

/** As the option has it. */
export function loadShapeText(shape: LoadShape): string {
  switch (shape.kind) {
    case 'single':
      return 'single';
    case 'concurrency':
      return `concurrency=${shape.clients}`;
    case 'constant':
      return `rate=${shape.perSecond}`;
    case 'poisson':
      return `poisson=${shape.perSecond}`;
    case 'ramp':
      return `ramp=${shape.mostClients}`;
    default:
      return shape satisfies never;
  }
}

/** The stages of a test, in order; a ramp may end before its last. */
export function stageShapes(shape: LoadShape): Array<LoadStageRecord['shape']> {
  switch (shape.kind) {
    case 'single':
      return [{ kind: 'closed', clients: 1 }];
    case 'concurrency':
      return [{ kind: 'closed', clients: shape.clients }];
    case 'constant':
    case 'poisson':
      return [{ kind: 'open', arrivals: shape.kind, perSecond: shape.perSecond }];
    case 'ramp':
      return doublingUpTo(shape.mostClients).map((clients) => ({ kind: 'closed', clients }));
    default:
      return shape satisfies never;
  }
}

/** `4 at a time`, `2.5/s poisson`. */
export function stageLabel(shape: LoadStageRecord['shape']): string {
  return shape.kind === 'closed' ? `${shape.clients} at a time` : `${shape.perSecond}/s ${shape.arrivals}`;
}

/** 1, 2, 4, ..., and at last the most itself; nothing up to 0. */
export function doublingUpTo(most: number): number[] {
  const counts: number[] = [];
  for (let count = 1; count < most; count *= 2) counts.push(count);
  return most === 0 ? [] : [...counts, most];
}

/** Reads an option's value. */
export function loadShape(text: string): LoadShape {
  const [kind, value] = text.split('=');
  const number = value === undefined || value.trim() === '' ? Number.NaN : Number(value);
  const clients = Number.isInteger(number) && number >= 1 && number <= 4096 ? number : undefined;
  const perSecond = number > 0 && number <= 100_000 ? number : undefined;
  if (kind === 'single' && value === undefined) return { kind };
  if (kind === 'ramp' && value === undefined) return { kind, mostClients: defaultMostClients };
  if (kind === 'ramp' && clients !== undefined) return { kind, mostClients: clients };
  if (kind === 'concurrency' && clients !== undefined) return { kind, clients };
  if (kind === 'rate' && perSecond !== undefined) return { kind: 'constant', perSecond };
  if (kind === 'poisson' && perSecond !== undefined) return { kind, perSecond };
  throw new InvalidArgumentError(`Allowed: ${forms}.`);
}
