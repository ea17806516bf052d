/** Logs of parity runs: two questions of ten and twenty tokens, both answered as the reference does unless said otherwise. */

import type { RunRecord } from '../../scripts/log/run-log-format.ts';
import type {
  ParityRecord,
  ParityReferenceRecord,
  ParityVerdictRecord,
} from '../../scripts/workloads/parity/records.ts';
import type { LogShape } from './log-factory.ts';
import { header } from './run-records.ts';

export interface ParityLogShape extends LogShape {
  reference?: Partial<ParityReferenceRecord> | null;
  questions?: ReadonlyArray<Partial<ParityRecord>>;
  verdict?: Partial<ParityVerdictRecord> | null;
}

const reference: ParityReferenceRecord = {
  type: 'parity_reference',
  framework: 'llamacpp',
  title: 'llama.cpp',
  version: 'llama.cpp v0.5.0',
  quantize: 'f32',
  weightClass: '32-bit',
  modelSha256: 'ef'.repeat(32),
  self: false,
};

const equal: ParityRecord = {
  type: 'parity',
  questionId: 'q',
  question: 'What is 1 + 1?',
  promptTokens: 20,
  promptTokensSha256: 'cd'.repeat(32),
  referenceTokens: 10,
  tokens: 10,
  equalTokens: 10,
  divergence: null,
  positions: 10,
  top1Agreed: 10,
  klMean: 1e-6,
  klMax: 4e-6,
};

const twenty = { referenceTokens: 20, tokens: 20, equalTokens: 20, positions: 20, top1Agreed: 20 };

const passed: ParityVerdictRecord = {
  type: 'parity_verdict',
  passed: true,
  reasons: [],
  tolerance: { weightClass: '16-bit', logitGap: 0.1, top1Agreement: 0.99, klMean: 0.001 },
};

export function parityLog(shape: ParityLogShape = {}): LogShape {
  const { reference: ofReference, questions = [{}, twenty], verdict, ...log } = shape;
  const records: RunRecord[] = [
    ...(ofReference === null ? [] : [{ ...reference, ...ofReference }]),
    ...questions.map((question, i) => ({ ...equal, questionId: `q${i}`, ...question })),
    ...(verdict === null ? [] : [{ ...passed, ...verdict }]),
  ];
  const { session } = shape.header ?? {};
  return {
    ...log,
    header: {
      workload: 'parity',
      session: session ?? { uuid: header(900, 'llamacpp').uuid, order: 0, iteration: 0 },
      ...log.header,
    },
    answers: [],
    records,
  };
}
