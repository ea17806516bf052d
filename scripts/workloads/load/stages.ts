/** A load test: warm-up requests, then the stages of its shape, every request in the log. */
import { isSameCount } from '../../engine/answer-text.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Sampling, Traffic, TrafficRequest } from '../../frameworks/messages.ts';
import { type Arrivals, arrivalsOf, connectionResolutionNs } from '../../log/figures/arrivals.ts';
import type { Objectives } from '../../log/figures/objectives.ts';
import { seededRandom } from '../../statistics/seeded-random.ts';
import type { RenderedQuestion } from '../questions/qa-routine.ts';
import type { QuestionSet } from '../questions/questions.ts';
import { type StageFigures, stageFigures } from './figures.ts';
import { type LoadRequestRecord, type LoadShape, type LoadStageRecord, stageLabel, stageShapes } from './records.ts';
import { isSaturated } from './run-figures.ts';

export interface LoadPlan extends Pick<Sampling, 'maxTokens' | 'temperature' | 'ignoreEndOfSequence'> {
  shape: LoadShape;
  questions: QuestionSet;
  /** How long a stage sends requests. */
  seconds: number;
  /** Requests before the first stage that count nothing. */
  warmUpRequests: number;
  requestTimeoutMs: number;
  objectives: Objectives;
}

/** A plan with what is sent. */
export interface LoadTest extends Omit<LoadPlan, 'questions'> {
  /** In the order in which they are asked, round and round. */
  prompts: readonly RenderedQuestion[];
  /** Seed of the first request of a stage; each one after it has the next. */
  seed: number;
}

interface LoadHooks {
  engine: Pick<Engine, 'traffic' | 'tokenize'>;
  write: (...records: Array<LoadStageRecord | LoadRequestRecord>) => void;
  /** Called before each stage. */
  onStage: (label: string) => void;
  /** @throws once the person has asked to stop */
  checkInterrupted: () => void;
}

/** Beyond any stage; its time is what ends it. */
const unlimited = 10_000_000;

/** Requests that count nothing and are in no log, one after the other. */
export async function warmUpLoad(test: LoadTest, engine: Pick<Engine, 'traffic'>): Promise<void> {
  if (test.warmUpRequests === 0) return;
  const traffic = trafficOf(test, { kind: 'closed', clients: 1 }, 0);
  await engine.traffic({ ...traffic, requests: test.warmUpRequests });
}

/** @returns the figures of each stage, in order; the last one of a ramp is saturated unless it ran out of clients */
export async function measureLoad(plan: LoadTest, hooks: LoadHooks): Promise<StageFigures[]> {
  const { engine, write, onStage, checkInterrupted } = hooks;
  const tokensIn = tokenCounter(engine);
  const stages: StageFigures[] = [];
  const run = async (shape: LoadStageRecord['shape']): Promise<StageFigures> => {
    checkInterrupted();
    const stage = stages.length;
    onStage(stageLabel(shape));
    const { startNs, endNs, requests } = await engine.traffic(trafficOf(plan, shape, stage));
    const records: LoadRequestRecord[] = [];
    for (const request of requests) records.push(await recordOf(request, plan, stage, tokensIn));
    const record: LoadStageRecord = { type: 'load_stage', stage, shape, startNs, endNs, requests: records.length };
    write(...records, record);
    const figures = stageFigures(record, records, plan.objectives);
    stages.push(figures);
    checkInterrupted();
    return figures;
  };

  for (const shape of stageShapes(plan.shape)) {
    const before = [...stages];
    const figures = await run(shape);
    if (plan.shape.kind === 'ramp' && isSaturated(figures, before)) break;
  }
  return stages;
}

/** Counts tokens of an answer's text by our tokenizer; the same questions have the same answers again and again. */
function tokenCounter(engine: Pick<Engine, 'tokenize'>): (text: string) => Promise<number> {
  const known = new Map<string, number>([['', 0]]);
  return async (text) => {
    const count = known.get(text) ?? (await engine.tokenize(text)).ids.length;
    known.set(text, count);
    return count;
  };
}

function trafficOf(plan: LoadTest, shape: LoadStageRecord['shape'], stage: number): Traffic {
  const { prompts, seconds, requestTimeoutMs, maxTokens, temperature, seed, ignoreEndOfSequence } = plan;
  return {
    prompts: prompts.map(({ prompt, messages }) => ({ prompt, messages })),
    arrivals: shape.kind === 'closed' ? shape : { kind: 'open', offsetsNs: offsetsOf(shape, seconds, seed + stage) },
    durationNs: seconds * 1e9,
    requests: unlimited,
    requestTimeoutMs,
    maxTokens,
    temperature,
    seed,
    ignoreEndOfSequence,
    reusePrefix: false,
  };
}

type OpenShape = Extract<LoadStageRecord['shape'], { kind: 'open' }>;

function offsetsOf({ arrivals, perSecond }: OpenShape, seconds: number, seed: number): number[] {
  return arrivals === 'constant' ? constantArrivals(perSecond, seconds) : poissonArrivals(perSecond, seconds, seed);
}

async function recordOf(
  request: TrafficRequest,
  { prompts }: LoadTest,
  stage: number,
  tokensIn: (text: string) => Promise<number>,
): Promise<LoadRequestRecord> {
  const ownTokens = await tokensIn(request.text);
  const tokens = tokensOf(request, ownTokens);
  const { text: _, textsAtNs, textLengths: __, served, ...facts } = request;
  return {
    type: 'load_request',
    stage,
    ...facts,
    questionId: prompts[request.index % prompts.length]?.questionId ?? '',
    firstTokenNs: textsAtNs.at(0) ?? null,
    lastTokenNs: textsAtNs.at(-1) ?? null,
    gapsNs: textsAtNs.slice(1).map((atNs, i) => atNs - (textsAtNs[i] ?? atNs)),
    promptTokens: served?.promptTokens ?? null,
    ...(await arrivalsIn(request, tokens, ownTokens, tokensIn)),
    tokens,
    ownTokens,
  };
}

/** A piece of text is a token where there are as many of both; else the text that came first is counted as the whole was. */
async function arrivalsIn(
  { text, textsAtNs, textLengths }: TrafficRequest,
  tokens: number,
  ownTokens: number,
  tokensIn: (text: string) => Promise<number>,
): Promise<Arrivals | undefined> {
  if (tokens === 0) return undefined;
  const { arrivals, firstArrivalTokens: pieces } = arrivalsOf(textsAtNs, connectionResolutionNs);
  const firstLength = textLengths.slice(0, pieces).reduce((sum, length) => sum + length, 0);
  const counted =
    textsAtNs.length === tokens || ownTokens === 0
      ? pieces
      : Math.round(((await tokensIn(text.slice(0, firstLength))) / ownTokens) * tokens);
  const firstArrivalTokens = arrivals === 1 ? tokens : Math.min(Math.max(counted, 1), tokens);
  // A character of several pieces is one token.
  return { arrivals: Math.min(arrivals, tokens - firstArrivalTokens + 1), firstArrivalTokens };
}

/**
 * By the server's ids; else by our own tokenizer, as long as it finds as many as the server counts; else by that count. What did
 * not come as text has no instant, so it is none.
 */
function tokensOf({ served, stop, text }: TrafficRequest, ownTokens: number): number {
  if (text === '') return 0;
  if (served?.ids != null) return served.ids.length;
  const counted = served?.tokens ?? ownTokens;
  return isSameCount(counted, ownTokens, stop) ? ownTokens : counted;
}

// When requests of an open loop come: offsets from the start in nanoseconds, ascending, all within the duration.

const nsPerSecond = 1e9;

/** Evenly: the first at once, then one every 1 / rate seconds. */
export function constantArrivals(perSecond: number, seconds: number): number[] {
  const count = Math.max(1, Math.ceil(perSecond * seconds - 1e-9));
  return Array.from({ length: count }, (_, i) => Math.round((i / perSecond) * nsPerSecond));
}

/** A Poisson process: gaps are exponential with the mean 1 / rate, drawn from the seed. */
export function poissonArrivals(perSecond: number, seconds: number, seed: number): number[] {
  const random = seededRandom(seed);
  const offsets: number[] = [];
  for (let at = 0; ; ) {
    at += -Math.log(1 - random()) / perSecond;
    if (at >= seconds) break;
    offsets.push(Math.round(at * nsPerSecond));
  }
  return offsets.length > 0 ? offsets : [0];
}
