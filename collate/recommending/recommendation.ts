/** For one host and one model: who keeps the limits, who is not beaten in everything, who is best by the goal, and who equals it. */
import type { Candidate } from './candidate.ts';
import { figures, type Goal, goals } from './figures.ts';
import { trusts } from './learning/steps.ts';
import { type Limit, type LimitState, limitsState } from './limits.ts';
import { paretoSet } from './pareto.ts';
import { type Rival, rivalsOf } from './rivals.ts';

export interface Ranked {
  candidate: Candidate;
  limits: LimitState;
  onFront: boolean;
}

export interface Recommendation {
  hostname: string;
  model: string;
  goal: Goal;
  /** Of the surest kind that there is: measured before predicted. Null where nothing keeps the limits. */
  best: Candidate | null;
  /** Measured ones that cannot be told from it, or not yet. */
  equals: Rival[];
  /** The best measured one that is surely worse; null where there is none. */
  next: Rival | null;
  /** Predicted to be better by the goal: worth a measurement. */
  worthMeasuring: Candidate[];
  /** All candidates: by level of trust, those that keep the limits first, then by the goal. */
  ranked: Ranked[];
}

/** What a choice weighs, whatever the goal: speed against memory against how near the weights are to their origin. */
const weighed = ['decode', 'memory', 'quality'] as const;
const mostSuggestions = 3;

export function recommend(
  place: { hostname: string; model: string },
  candidates: readonly Candidate[],
  goal: Goal,
  limits: readonly Limit[],
): Recommendation {
  const figure = goals[goal];
  const order = { keeps: 0, perhaps: 1, breaks: 2 } as const satisfies Record<LimitState, number>;
  const states = new Map(candidates.map((candidate) => [candidate, limitsState(candidate, limits)]));
  const stateOf = (candidate: Candidate) => states.get(candidate) ?? 'breaks';
  const inOrder = candidates.toSorted(
    (a, b) =>
      trusts.indexOf(a.trust) - trusts.indexOf(b.trust) ||
      order[stateOf(a)] - order[stateOf(b)] ||
      byFigure(figure, a, b) ||
      byFigure('decode', a, b),
  );
  const keeping = inOrder.filter(
    (candidate) => stateOf(candidate) !== 'breaks' && candidate.figures[figure] !== undefined,
  );
  const front = new Set(
    trusts.flatMap((trust) =>
      paretoSet(
        keeping.filter((candidate) => candidate.trust === trust),
        [...new Set([figure, ...weighed])],
      ),
    ),
  );
  const best = keeping[0] ?? null;
  const measured = keeping.filter((candidate) => candidate !== best && candidate.trust === 'measured');
  const rivals = best === null ? [] : rivalsOf(best, measured, goal);
  const equals = rivals.filter(({ relation }) => relation !== 'worse');
  const next =
    rivals.find(({ relation, candidate }) => relation === 'worse' && front.has(candidate)) ??
    rivals.find(({ relation }) => relation === 'worse');
  return {
    ...place,
    ...{ goal, best, equals, next: next ?? null },
    worthMeasuring:
      best === null
        ? []
        : keeping
            .filter(({ trust }) => trust !== best.trust)
            .toSorted((a, b) => byFigure(figure, a, b))
            .filter((candidate) => byFigure(figure, candidate, best) < 0)
            .slice(0, mostSuggestions),
    ranked: inOrder.map((candidate) => ({
      candidate,
      limits: stateOf(candidate),
      onFront: front.has(candidate),
    })),
  };
}

/** Negative where `a` is better; what has no figure is last. */
export function byFigure(name: keyof Candidate['figures'], a: Candidate, b: Candidate): number {
  const [ofA, ofB] = [a.figures[name]?.value, b.figures[name]?.value];
  if (ofA === undefined || ofB === undefined) return Number(ofA === undefined) - Number(ofB === undefined);
  return figures[name].better === 'higher' ? ofB - ofA : ofA - ofB;
}
