/** One raw log as other tools would see the run: requests with the instants of what came, and kernel repetitions. */
import { existsSync } from 'node:fs';
import { missingError, usageError } from '../../scripts/command-line/errors.ts';
import type { Header } from '../../scripts/log/run-log-format.ts';
import { recordsOf } from '../../scripts/results/run.ts';
import type { KernelRecord } from '../../scripts/workloads/kernel/records.ts';
import type { AnswerRecord, TokenRecord } from '../../scripts/workloads/questions/records.ts';
import { readHead } from '../logs/head.ts';
import { readRun } from '../logs/read-run.ts';

/** Instants in nanoseconds of the run's clock. */
export interface Request {
  questionId: string;
  /** t0: before template and tokenisation, as a client of a server sees it. */
  startNs: number;
  /** The token ids are handed over: where a tool times an engine and not a server. */
  submitNs: number;
  /** Instants of the pieces that a client would receive: t1 first, tn last. */
  chunksNs: readonly number[];
  /** Tokens in the first of them. */
  firstChunkTokens: number;
  /** n, as the server counts it where it does. */
  tokens: number;
  promptTokens: number;
}

export interface Recorded {
  header: Header;
  status: string;
  /** Measured answers with at least one token, in the order in which they were asked. */
  requests: readonly Request[];
  answers: readonly AnswerRecord[];
  /** Measured repetitions. */
  kernels: readonly KernelRecord[];
}

/** @throws UserError for a file that is not a run log */
export function readRecorded(path: string): Recorded {
  if (!existsSync(path)) {
    throw missingError(`there is no log ${path}`, 'Name one below <output>/raw/.');
  }
  const head = readHead(path);
  const tokensOf = new Map<number, readonly TokenRecord[]>();
  const read =
    head.kind === 'run'
      ? readRun(path, (_, answer, tokens) => {
          if (answer !== null) tokensOf.set(answer.answer, tokens);
        })
      : null;
  if (read === null) {
    const reason = head.kind === 'unreadable' ? head.problem.reason : 'it changed while it was read';
    throw usageError(`${path} is not a run log: ${reason}`, 'Name one log below <output>/raw/.');
  }
  const answers = read.run.answers.filter(({ phase, tokens }) => phase === 'measured' && tokens > 0);
  return {
    header: read.run.header,
    status: read.run.outcome.status,
    requests: answers.flatMap((answer) => requestOf(answer, tokensOf.get(answer.answer) ?? [])),
    answers,
    kernels: recordsOf(read.run, 'kernel').filter(({ phase }) => phase === 'measured'),
  };
}

function requestOf(answer: AnswerRecord, tokens: readonly TokenRecord[]): Request[] {
  // Tokens of one piece share an instant.
  const chunksNs = [...new Set(tokens.map(({ atNs }) => atNs))];
  const [firstNs] = chunksNs;
  if (firstNs === undefined) return [];
  return [
    {
      questionId: answer.questionId,
      startNs: answer.startNs,
      submitNs: answer.submitNs,
      chunksNs,
      firstChunkTokens: tokens.filter(({ atNs }) => atNs === firstNs).length,
      tokens: answer.served?.tokens ?? answer.tokens,
      promptTokens: answer.served?.promptTokens ?? answer.promptTokens,
    },
  ];
}

export const firstNs = ({ chunksNs }: Request): number => chunksNs[0] ?? Number.NaN;
export const lastNs = ({ chunksNs }: Request): number => chunksNs.at(-1) ?? Number.NaN;

/** From the start of the request to its first piece, milliseconds. */
export const firstMs = (request: Request): number[] => [(firstNs(request) - request.startNs) / 1e6];
/** From the start of the request to its last piece, milliseconds. */
export const wholeMs = (request: Request): number[] => [(lastNs(request) - request.startNs) / 1e6];
/** Mean time of a token after the first, milliseconds; none for a single token. */
export const perTokenMs = (request: Request): number[] =>
  request.tokens < 2 ? [] : [(lastNs(request) - firstNs(request)) / (request.tokens - 1) / 1e6];
/** Between successive pieces, milliseconds. */
export const gapsMs = (request: Request): number[] => gapsNs(request).map((gapNs) => gapNs / 1e6);

export function gapsNs({ chunksNs }: Pick<Request, 'chunksNs'>): number[] {
  return chunksNs.slice(1).map((atNs, i) => atNs - (chunksNs[i] ?? atNs));
}

/** From the first request to the last token of all, in seconds: what tools divide by for a throughput. */
export function durationSeconds(requests: readonly Request[]): number {
  return (Math.max(...requests.map(lastNs)) - Math.min(...requests.map(({ startNs }) => startNs))) / 1e9;
}

export function totalTokens(requests: readonly Request[]): number {
  return requests.reduce((sum, { tokens }) => sum + tokens, 0);
}
