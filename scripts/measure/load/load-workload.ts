/** A load test: warm-up requests, then the stages of its shape, every request in the log. */
import type { Engine } from '../../engine/engine.ts';
import type { Traffic, TrafficRequest } from '../../engine/protocol.ts';
import type { ChatMessage } from '../../models/chat-template.ts';
import { constantArrivals, poissonArrivals } from './arrivals.ts';
import { type StageFigures, stageFigures } from './load-metrics.ts';
import type { LoadRequestRecord, LoadStageRecord } from './load-records.ts';
import type { LoadShape } from './load-shape.ts';
import type { Objectives } from './objectives.ts';
import { isSaturated, rampClients } from './saturation.ts';

interface LoadPrompt {
  questionId: string;
  prompt: number[];
  messages: ChatMessage[];
}

export interface LoadPlan {
  shape: LoadShape;
  /** In the order in which they are asked, round and round. */
  prompts: readonly LoadPrompt[];
  /** How long a stage sends requests. */
  seconds: number;
  /** Requests before the first stage that count nothing. */
  warmUpRequests: number;
  requestTimeoutMs: number;
  objectives: Objectives;
  maxTokens: number;
  temperature: number;
  seed: number;
  ignoreEndOfSequence: boolean;
}

interface LoadSurroundings {
  engine: Pick<Engine, 'traffic' | 'tokenize'>;
  write: (...records: Array<LoadStageRecord | LoadRequestRecord>) => void;
  /** Told before each stage. */
  onStage: (label: string) => void;
  checkInterrupted: () => void;
}

/** Beyond any stage; its time is what ends it. */
const unlimited = 10_000_000;

/** @returns the figures of each stage, in order; the last one of a ramp is saturated unless it ran out of clients */
export async function measureLoad(plan: LoadPlan, surroundings: LoadSurroundings): Promise<StageFigures[]> {
  const { engine, write, onStage, checkInterrupted } = surroundings;
  const stages: StageFigures[] = [];
  const run = async (shape: LoadStageRecord['shape']): Promise<StageFigures> => {
    checkInterrupted();
    const stage = stages.length;
    onStage(shape.kind === 'closed' ? `clients: ${shape.clients}` : `${shape.perSecond} requests/s`);
    const { startNs, endNs, requests } = await engine.traffic(trafficOf(plan, shape, stage));
    const record: LoadStageRecord = { type: 'load_stage', stage, shape, startNs, endNs };
    const records = [];
    for (const request of requests) records.push(await recordOf(request, plan, stage, engine));
    write(record, ...records);
    const figures = stageFigures(record, records, plan.objectives);
    stages.push(figures);
    return figures;
  };

  if (plan.warmUpRequests > 0) {
    onStage('warming up');
    const warmUp = trafficOf(plan, { kind: 'closed', clients: 1 }, 0);
    await engine.traffic({ ...warmUp, requests: plan.warmUpRequests });
  }
  const { shape } = plan;
  switch (shape.kind) {
    case 'single':
      await run({ kind: 'closed', clients: 1 });
      break;
    case 'concurrency':
      await run({ kind: 'closed', clients: shape.clients });
      break;
    case 'constant':
    case 'poisson':
      await run({ kind: 'open', arrivals: shape.kind, perSecond: shape.perSecond });
      break;
    case 'ramp':
      for (const clients of rampClients(shape.mostClients)) {
        const before = [...stages];
        if (isSaturated(await run({ kind: 'closed', clients }), before)) break;
      }
      break;
    default:
      shape satisfies never;
  }
  return stages;
}

function trafficOf(plan: LoadPlan, shape: LoadStageRecord['shape'], stage: number): Traffic {
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

function offsetsOf(
  shape: Extract<LoadStageRecord['shape'], { kind: 'open' }>,
  seconds: number,
  seed: number,
): number[] {
  const { arrivals, perSecond } = shape;
  return arrivals === 'constant' ? constantArrivals(perSecond, seconds) : poissonArrivals(perSecond, seconds, seed);
}

async function recordOf(
  request: TrafficRequest,
  { prompts }: LoadPlan,
  stage: number,
  engine: Pick<Engine, 'tokenize'>,
): Promise<LoadRequestRecord> {
  const { index, scheduledNs, sentNs, firstByteNs, textsAtNs, endNs, cachedPromptTokens, stop, served, failure } =
    request;
  const ownTokens = request.text === '' ? 0 : (await engine.tokenize(request.text)).ids.length;
  return {
    type: 'load_request',
    stage,
    index,
    questionId: prompts[index % prompts.length]?.questionId ?? '',
    scheduledNs,
    sentNs,
    firstByteNs,
    firstTokenNs: textsAtNs.at(0) ?? null,
    lastTokenNs: textsAtNs.at(-1) ?? null,
    endNs,
    gapsNs: textsAtNs.slice(1).map((atNs, i) => atNs - (textsAtNs[i] ?? atNs)),
    promptTokens: served?.promptTokens ?? null,
    cachedPromptTokens,
    tokens: served?.tokens ?? ownTokens,
    ownTokens,
    stop,
    failure,
  };
}
