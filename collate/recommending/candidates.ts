/**
 * What could be run: a model in a format, in a framework, on a device of a host, with its figures, each measured there or predicted
 * at a stated level of trust.
 */
import type { ModelCost } from '../../scripts/results/model-costs.ts';
import type { HardwareRow } from '../../scripts/results/tables-made-anew.ts';
import { median } from '../../scripts/statistics/statistics.ts';
import { groupBy } from '../analysis/group-by.ts';
import { taskKey } from '../analysis/measurement.ts';
import type { Candidate, CandidateFigure } from './candidate.ts';
import type { Prediction, Predictor, Quantity } from './learning/predictor.ts';
import { measuredFigures, type Terms, withDerived } from './measured-figures.ts';
import type { Learnable, Observation } from './observations.ts';
import { probeOf } from './probe.ts';
import type { Subject } from './subject.ts';
import { verifyingCommand } from './verifying-command.ts';
import { residencyOf, workOfModel } from './work.ts';

export interface Place {
  hostname: string;
  device: string;
  threads: number | null;
}

/**
 * The measured ways to run each model on each host. Where one was measured at several tasks (lengths of prompts, questions), the
 * task that most of them have stands for it; of several settings, that with the best decode rate.
 */
export function measuredCandidates(observations: readonly Observation[], terms: Terms): Candidate[] {
  const asked = observations.filter((each) => each.decodeSeconds !== null && isAtDepth(each, terms));
  return groupBy(asked, ({ hostname, model }) => [hostname, model]).flatMap((ofModel) => {
    const [common] = groupBy(ofModel, ({ group }) => [taskKey(group.key)]).sort((a, b) => b.length - a.length);
    return groupBy(ofModel, ({ device, threads, framework, quantize }) => [device, threads, framework, quantize]).map(
      (cell) => {
        const alike = cell.filter((each) => common?.includes(each));
        const [best = cell[0]] = (alike.length > 0 ? alike : cell).toSorted(
          (a, b) => (a.decodeSeconds ?? 0) - (b.decodeSeconds ?? 0),
        );
        const { framework, model, quantize, runs, group } = best;
        return {
          ...placeOf(best),
          ...{ framework, title: titleOf(best), model, quantize, trust: 'measured' as const, runs, group },
          figures: measuredFigures(best, terms),
          command: verifyingCommand(best, group.runs[0], { cost: null, depth: terms.depth }),
        };
      },
    );
  });
}

/** Kernel tests at another depth than the one that is asked for measured something else. */
function isAtDepth({ group: { key } }: Observation, { depth }: Terms): boolean {
  return (key.depth ?? 0) === depth;
}

function titleOf({ framework, group: { runs } }: Observation): string {
  return runs[0]?.framework_title ?? framework;
}

function placeOf({ hostname, device, threads }: Place): Place {
  return { hostname, device, threads };
}

type Predictors = Readonly<Record<Quantity, Predictor>>;

export interface Wanted {
  cost: ModelCost;
  /** Formats to predict beside those that a framework was seen to run; empty: none. */
  formats: readonly string[];
}

export interface Ground {
  terms: Terms;
  predictors: Predictors;
  /** False where runs of models of the family were tried in the framework and none completed. */
  runsFamily: (framework: string, algorithm: string) => boolean;
}

/** The same model where it was not measured: in every framework that was seen on such a device, in every format that it was seen to run. */
export function predictedCandidates(
  observations: readonly Learnable[],
  hardware: readonly HardwareRow[],
  places: readonly Place[],
  { cost, formats }: Wanted,
  { terms, predictors, runsFamily }: Ground,
): Candidate[] {
  return places.flatMap((place) => {
    const probe = probeOf(hardware, place);
    if (probe === null) return [];
    return groupBy(
      observations.filter(({ device }) => device === place.device),
      ({ framework }) => [framework],
    ).flatMap((alike) => {
      const [{ framework }] = alike;
      if (!runsFamily(framework, cost.algorithm)) return [];
      const seen = [...new Set([...alike.map(({ quantize }) => quantize), ...formats])];
      return seen.flatMap((quantize) => {
        const isMeasured = alike.some(
          (each) =>
            each.hostname === place.hostname &&
            each.threads === place.threads &&
            each.model === cost.id &&
            each.quantize === quantize &&
            isAtDepth(each, terms),
        );
        const subject = isMeasured ? null : subjectOf({ place, alike, cost, quantize, probe, terms });
        if (subject === null) return [];
        const found = predictedFigures(subject, predictors);
        if (found.decode === undefined) return [];
        const { trust } = found.decode;
        return {
          ...placeOf(place),
          ...{ framework, title: titleOf(alike[0]), model: cost.id, quantize, trust, runs: 0, group: null },
          figures: withDerived(found, terms, { quantize, work: subject.work, observations: alike }),
          command: verifyingCommand(subject, alike[0].group.runs[0], { cost, depth: terms.depth }),
        };
      });
    });
  });
}

interface Question {
  place: Place;
  alike: readonly [Learnable, ...Learnable[]];
  cost: ModelCost;
  quantize: string;
  probe: Subject['probe'];
  terms: Terms;
}

/** How the framework keeps weights is what its runs of that format show, or else of the nearest: it converts all or none alike. */
function subjectOf({ place, alike, cost, quantize, probe, terms }: Question): Subject | null {
  const ofFormat = alike.filter((each) => each.quantize === quantize);
  const like = ofFormat[0] ?? alike[0];
  const run = like.group.runs[0];
  if (run === undefined) return null;
  const residency = residencyOf(run, like.cost);
  const work = workOfModel(cost, quantize, { residency, kvType: run.kv_type });
  if (work === null) return null;
  return {
    ...placeOf(place),
    ...{ framework: like.framework, model: cost.id, quantize, probe, work },
    positions: terms.depth + terms.promptTokens + terms.answerTokens / 2,
    promptTokens: terms.promptTokens,
    batchTokens: median(alike.map(({ batchTokens }) => batchTokens)),
    contextTokens: median(alike.map(({ contextTokens }) => contextTokens)),
  };
}

function predictedFigures(subject: Subject, predictors: Predictors): Candidate['figures'] {
  const [decode, memory] = [predictors.decode.predict(subject), predictors.memory.predict(subject)];
  const prefill = subject.promptTokens > 0 ? predictors.prefill.predict(subject) : null;
  return {
    ...(decode === null ? {} : { decode: rateOf(1, decode) }),
    ...(prefill === null ? {} : { prefill: rateOf(subject.promptTokens, prefill) }),
    ...(memory === null ? {} : { memory }),
  };
}

function rateOf(tokens: number, { value, interval, ...rest }: Prediction): CandidateFigure {
  return { ...rest, value: tokens / value, interval: { low: tokens / interval.high, high: tokens / interval.low } };
}
