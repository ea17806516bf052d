/** Single records of a raw log, valid unless a test says otherwise. */

import {
  type Header,
  type MemoryRecord,
  type RunRecord,
  runLogSchemaVersion,
} from '../../scripts/log/run-log-format.ts';
import type { AnswerRecord, TokenRecord } from '../../scripts/workloads/questions/records.ts';
import type { AnswerShape } from './log-factory.ts';

export function uuidOf(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

/** Weights of 1 MB a token, so that 100 tokens/s read 0.1 GB/s. */
export function header(number: number, framework: string, overrides: Partial<Header> = {}): Header {
  return {
    type: 'header',
    schema: runLogSchemaVersion,
    uuid: uuidOf(number),
    startedAt: new Date(Date.UTC(2026, 2, 1, 12) + number * 60_000).toISOString(),
    tokenlap: '0.1.0',
    command: ['npx', 'tsx', 'scripts/llamacpp-benchmark.ts'],
    workload: 'qa',
    framework: { name: framework, title: framework, version: '1.0' },
    model: {
      name: 'tiny-llama',
      size: 'tiny',
      sizeClass: 'tiny',
      algorithm: 'llama',
      source: 'embedded',
      synthetic: false,
      file: 'tiny.gguf',
      fileBytes: 1_200_000,
      sha256: 'ab'.repeat(32),
      parameters: 500_000,
      quantization: { asked: 'default', got: 'f16', weightClass: '16-bit' },
      effectiveBitsPerWeight: 16,
      weightBytesPerToken: 1_000_000,
      kvElementsPerPosition: 500,
      contextLength: 512,
    },
    requested: { threads: 2, maxTokens: 64, temperature: 0 },
    seed: 42,
    host: {
      hostname: 'host',
      username: 'someone',
      anonymized: false,
      platform: 'linux',
      release: '6.1',
      architecture: 'x64',
      cpuModel: 'Test CPU',
      physicalCores: 2,
      logicalCores: 4,
      memoryBytes: 8e9,
      gpus: [],
      node: '20.20.2',
    },
    ...overrides,
  };
}

const nsPerMs = 1e6;
/** What template and tokenisation took, which is part of every TTFT. */
const preparedNs = { template: 1000, tokenize: 2000 };

/** Tokens and their answer. Answers start a second apart; prompt 20 tokens, evaluated in 40 ms. */
export function answerRecords(index: number, shape: Partial<AnswerShape>): RunRecord[] {
  const { phase = 'measured', ttftMs = 50, gapsMs = [10, 10] } = shape;
  const startNs = (index + 1) * 1000 * nsPerMs;
  let atNs = startNs + ttftMs * nsPerMs;
  const instants = [atNs, ...gapsMs.map((gapMs) => (atNs += gapMs * nsPerMs))];
  const tokens = instants.map(
    (instant, step): TokenRecord => ({
      type: 'token',
      answer: index,
      step,
      id: 100 + step,
      text: shape.texts?.[step] ?? ` word${step}`,
      atNs: instant,
      ...(shape.enqueueMs?.[step] === undefined ? {} : { enqueueNs: shape.enqueueMs[step] * nsPerMs }),
    }),
  );
  const written = tokens
    .map(({ text }) => text)
    .join('')
    .trim();
  const { correct = true, text = written } = shape.answer ?? {};
  const submitNs = startNs + preparedNs.template + preparedNs.tokenize;
  const answer: AnswerRecord = {
    type: 'answer',
    answer: index,
    phase,
    round: 0,
    questionId: `q${index}`,
    question: 'What is 1 + 1?',
    expected: correct === null ? null : correct ? text : 'another answer',
    text,
    correct,
    promptTokens: 20,
    cachedPromptTokens: 0,
    promptTokensSha256: 'cd'.repeat(32),
    templateNs: preparedNs.template,
    tokenizeNs: preparedNs.tokenize,
    startNs,
    submitNs,
    promptEvaluatedNs: submitNs + 40 * nsPerMs,
    firstTokenNs: instants.at(0) ?? 0,
    lastTokenNs: instants.at(-1) ?? 0,
    tokens: tokens.length,
    stop: 'end',
    ...shape.answer,
  };
  return [...tokens, answer];
}

/** Moments that every completed run has, before and behind those that a test writes itself: these are left to it. */
export function memoryRecords(others: readonly RunRecord[] = []): { before: MemoryRecord[]; behind: MemoryRecord[] } {
  const told = others.filter((record) => record.type === 'memory');
  const missing = <M extends MemoryRecord['moment']>(moments: readonly M[]) =>
    moments.filter((moment) => told.every((record) => record.moment !== moment));
  const bytes = [residentBytes, ...told.map((record) => record.residentBytes)];
  const reading = (moment: MemoryRecord['moment'], of: number, atNs: number): MemoryRecord => ({
    ...{ type: 'memory', moment, atNs, residentBytes: of, meter: 'test' },
  });
  const firstNs = Math.min(3e8, ...told.map(({ atNs }) => atNs));
  return {
    before: missing(['baseline', 'framework', 'loaded']).map((moment, i) =>
      reading(moment, Math.min(...bytes), (firstNs * (i + 1)) / 4),
    ),
    behind: missing(['peak']).map((moment) => reading(moment, Math.max(...bytes), firstNs)),
  };
}

const residentBytes = 3e8;
