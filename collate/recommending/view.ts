/**
 * What recommend.ts says, as data: for the command, for the report and for the dashboard. Without the costs of models only what was
 * measured is said; with them, what was not is predicted.
 */
import type { ModelCost } from '../../scripts/results/model-costs.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import type { HardwareRow } from '../../scripts/results/tables-made-anew.ts';
import { median } from '../../scripts/statistics/statistics.ts';
import { groupBy } from '../analysis/group-by.ts';
import { type Ground, measuredCandidates, type Place, predictedCandidates } from './candidates.ts';
import type { Goal } from './figures.ts';
import { learn, medianError, type Quantity } from './learning/predictor.ts';
import type { Limit } from './limits.ts';
import { type KnownModel, type MatrixRow, matrixOf } from './matrix.ts';
import type { Terms } from './measured-figures.ts';
import {
  isLearnable,
  type Learnable,
  type LearntWorkload,
  type Observation,
  observationsOf,
  type Results,
} from './observations.ts';
import { type Recommendation, recommend } from './recommendation.ts';
import { type Refusal, refusalsOf } from './refusals.ts';
import { recommendationSentence } from './sentence.ts';

export interface ViewRequest {
  goal: Goal;
  limits?: readonly Limit[];
  /** Hosts to speak of; absent: all. */
  hosts?: readonly string[];
  /** Known models to speak of, predicted where they were not measured; absent: those that were measured, as measured. */
  models?: readonly ModelCost[];
  /** Formats to predict beside those that were seen. */
  formats?: readonly string[];
  workload?: LearntWorkload;
  terms?: Partial<Terms>;
}

export interface RecommendationView {
  goal: Goal;
  workload: LearntWorkload;
  limits: readonly Limit[];
  terms: Terms;
  recommendations: Array<Recommendation & { sentence: string }>;
  matrix: MatrixRow[];
  /** Hosts of which nothing can be said about a model, why, and what would have to be measured. */
  refusals: Refusal[];
  /**
   * Median error of each quantity on hosts that were left out, beside the intervals; null with fewer than two hosts. Null where
   * nothing was predicted.
   */
  leftOutHostErrors: Record<Quantity, number | null> | null;
}

interface Tables {
  runs: readonly RunRow[];
  hardware: readonly HardwareRow[];
  costs?: readonly ModelCost[];
}

/** @throws UserError where the tables hold nothing to recommend by */
export function recommendationView({ runs, hardware, costs = [] }: Tables, request: ViewRequest): RecommendationView {
  const { goal, limits = [], hosts, models } = request;
  const results = { runs, hardware, costs };
  const workload = request.workload ?? workloadOf(results, models);
  const observations = observationsOf(results, workload);
  const terms = termsOf(observations, runs, request.terms);
  const named = (hostname: string) => hosts === undefined || hosts.includes(hostname);
  const measured = measuredCandidates(observations, terms).filter(({ hostname }) => named(hostname));
  const predicted =
    models === undefined ? null : prediction(results, observations.filter(isLearnable), { ...request, models, terms });
  const ids = models?.map(({ id }) => id) ?? [...new Set(measured.map(({ model }) => model))];
  const all = [...measured, ...(predicted?.candidates.filter(({ hostname }) => named(hostname)) ?? [])];
  const recommendations = [...new Set(all.map(({ hostname }) => hostname))].sort().flatMap((hostname) =>
    ids.flatMap((model) => {
      const candidates = all.filter((each) => each.hostname === hostname && each.model === model);
      if (candidates.length === 0) return [];
      const found = recommend({ hostname, model }, candidates, goal, limits);
      return { ...found, sentence: recommendationSentence(found, limits) };
    }),
  );
  return {
    ...{ goal, workload, limits, terms, recommendations },
    refusals: refusalsOf(ids, recommendations, { runs, hardware, hosts }),
    matrix: matrixOf(recommendations, knownModels(observations, models ?? [])),
    leftOutHostErrors: predicted?.leftOutHostErrors ?? null,
  };
}

/** All models of the request, wherever they were not measured. */
function prediction(
  { runs, hardware }: Results,
  observations: readonly Learnable[],
  { models, formats = [], terms }: { models: readonly ModelCost[]; formats?: readonly string[]; terms: Terms },
) {
  const predictors = {
    decode: learn('decode', observations),
    prefill: learn('prefill', observations),
    memory: learn('memory', observations),
  };
  const places = placesOf(observations, hardware);
  const ground = { terms, predictors, runsFamily: familiesRun(runs) };
  const errorOf = (quantity: Quantity) => medianError(predictors[quantity].errorsOf('host'));
  return {
    candidates: models.flatMap((cost) =>
      predictedCandidates(observations, hardware, places, { cost, formats }, ground),
    ),
    leftOutHostErrors: { decode: errorOf('decode'), prefill: errorOf('prefill'), memory: errorOf('memory') },
  };
}

function familiesRun(runs: readonly RunRow[]): Ground['runsFamily'] {
  return (framework, algorithm) => {
    const tried = runs.filter((run) => run.framework === framework && run.algorithm === algorithm);
    return tried.length === 0 || tried.some(({ status }) => status === 'completed');
  };
}

/**
 * Answers to questions where there are any, for that is what people wait for. Of a model that is asked about, the workload that
 * measured it, or else the one that measured more models: a prediction from one tiny model is worth little.
 */
function workloadOf(results: Results, models: readonly ModelCost[] | undefined): LearntWorkload {
  const ids = new Set(models?.map(({ id }) => id));
  const [qa, kernel] = (['qa', 'kernel'] as const).map((workload) => {
    const measured = new Set(observationsOf(results, workload).map(({ model }) => model));
    return { asked: [...measured].filter((model) => ids.has(model)).length, all: measured.size };
  });
  if (qa === undefined || kernel === undefined || kernel.all === 0) return 'qa';
  if (qa.all === 0 || qa.asked < kernel.asked) return 'kernel';
  return models !== undefined && qa.asked === 0 && qa.all < kernel.all ? 'kernel' : 'qa';
}

/** As long as the measured ones, unless a person says otherwise. */
function termsOf(observations: readonly Observation[], runs: readonly RunRow[], asked: Partial<Terms> = {}): Terms {
  const prompts = observations.flatMap(({ promptTokens }) => (promptTokens > 0 ? promptTokens : []));
  const answers = runs.flatMap(({ n_gen, max_tokens }) => n_gen ?? max_tokens ?? []);
  return {
    depth: 0,
    promptTokens: prompts.length === 0 ? 128 : Math.round(median(prompts)),
    answerTokens: answers.length === 0 ? 128 : Math.round(median(answers)),
    ...{ pricePerHour: null, electricityPrice: null },
    ...asked,
  };
}

/**
 * Where runs were, with the number of threads that most of them had, and where only the hardware benchmark was, with all that it
 * measured.
 */
function placesOf(observations: readonly Observation[], hardware: readonly HardwareRow[]): Place[] {
  const places = new Map<string, Place>();
  for (const alike of groupBy(observations, ({ hostname, device }) => [hostname, device])) {
    const byThreads = groupBy(alike, ({ threads }) => [threads]).sort((a, b) => b.length - a.length);
    const [{ hostname, device, threads }] = byThreads[0] ?? alike;
    places.set(`${hostname} ${device}`, { hostname, device, threads });
  }
  for (const { hostname, device, quantity } of hardware) {
    const name = `${hostname} ${device}`;
    if (hostname === null || device === null || quantity !== 'read_bandwidth' || places.has(name)) continue;
    places.set(name, { hostname, device, threads: null });
  }
  return [...places.values()];
}

function knownModels(observations: readonly Observation[], models: readonly ModelCost[]): KnownModel[] {
  const measured = observations.map(({ model, group: { runs } }) => ({
    model,
    algorithm: runs[0]?.algorithm ?? 'unknown',
    size: runs[0]?.size ?? 'unknown',
    parameters: runs[0]?.parameters ?? 0,
  }));
  return [...models.map(({ id, ...cost }) => ({ ...cost, model: id })), ...measured];
}
