/** A served model in this process: its answers as records, as a run would write them, without a process for its engine. */
import { tokensOfTexts } from '../../../../scripts/engine/answer-text.ts';
import { clockSince, monotonicNow } from '../../../../scripts/engine/clock.ts';
import type { Engine } from '../../../../scripts/engine/engine.ts';
import { TokenStamps } from '../../../../scripts/engine/token-stamps.ts';
import { runTraffic } from '../../../../scripts/engine/traffic.ts';
import { type Generation, replySchemas, type Traffic } from '../../../../scripts/frameworks/messages.ts';
import { openai } from '../../../../scripts/frameworks/openai/framework.ts';
import { loadServedModel } from '../../../../scripts/frameworks/openai/served-model.ts';
import { configured } from '../../../../scripts/frameworks/registry.ts';
import type { LoadRequestRecord, LoadStageRecord } from '../../../../scripts/workloads/load/records.ts';
import { measureLoad } from '../../../../scripts/workloads/load/stages.ts';
import { type Answered, ask } from '../../../../scripts/workloads/questions/qa-routine.ts';
import { scriptedPlan } from '../../../fakes/scripted-run.ts';
import { environment } from './client.ts';

/** A token is a letter. */
const tokenizer = {
  tokenize: async (text: string) => [...text].map((letter) => letter.codePointAt(0) ?? 0),
  detokenize: async (ids: readonly number[]) => ids.map((id) => String.fromCodePoint(id)),
};

/** Id of the token that ends an answer. */
export const endOfSequence = 2;

type ServedEngine = Pick<Engine, 'tokenize' | 'generate' | 'traffic'>;

/** @param more variables of the environment */
export async function servedEngine(url: string, more: Record<string, string> = {}): Promise<ServedEngine> {
  environment({ TOKENLAP_OPENAI_URL: url, TOKENLAP_OPENAI_PROMPT_AS: 'messages', ...more });
  const model = await loadServedModel({
    modelPath: '',
    settings: { ...scriptedPlan('').settings, framework: configured(openai).given ?? {} },
    span: (_, work) => work(),
    progress: () => {},
    endOfSequence: new Set([endOfSequence]),
  });
  const now = clockSince(monotonicNow());
  return {
    tokenize: async (text) => ({ ids: await tokenizer.tokenize(text), durationNs: 0 }),
    async generate(request): Promise<Generation> {
      const stamps = new TokenStamps(now, request.maxTokens);
      const submitNs = now();
      const { stop, cachedPromptTokens, served } = await model.generate(
        Int32Array.from(request.prompt),
        request,
        stamps,
      );
      const { texts, textsAtNs: atNs, promptEvaluatedNs } = stamps;
      const told = { submitNs, promptEvaluatedNs, ids: [], texts, atNs, served, cachedPromptTokens, stop };
      return tokensOfTexts(replySchemas.generate.parse(told), tokenizer);
    },
    traffic: (traffic: Traffic) => runTraffic(model, traffic, now, new AbortController().signal),
  };
}

/** One measured answer. */
export async function answerOf(engine: ServedEngine, maxTokens = 1000): Promise<Answered> {
  const asked = { answer: 0, phase: 'measured', round: 0, questionId: 'q', question: '?', expected: null } as const;
  const sampling = {
    maxTokens,
    temperature: 0,
    seed: 1,
    ignoreEndOfSequence: false,
    reusePrefix: false,
    stream: false,
  };
  const messages = [{ role: 'user' as const, content: 'hello' }];
  const template = async () => ({ text: 'hello', durationNs: 0 });
  return ask(engine, template, { ...asked, messages }, sampling);
}

/** A load test of one stage of one client at a time. */
export async function loadOf(engine: ServedEngine, seconds: number, maxTokens = 1000) {
  const requests: LoadRequestRecord[] = [];
  const [stage] = await measureLoad(
    {
      shape: { kind: 'single' },
      prompts: [{ questionId: 'q', prompt: [1], messages: [{ role: 'user', content: 'hello' }] }],
      seconds,
      warmUpRequests: 0,
      requestTimeoutMs: 5000,
      objectives: { ttft: 5000 },
      maxTokens,
      temperature: 0,
      seed: 1,
      ignoreEndOfSequence: false,
    },
    {
      engine,
      write: (...records: Array<LoadStageRecord | LoadRequestRecord>) =>
        void requests.push(...records.filter((record) => record.type === 'load_request')),
      onStage: () => {},
      checkInterrupted: () => {},
    },
  );
  if (stage === undefined) throw new Error('a stage was measured');
  return { requests, stage };
}
