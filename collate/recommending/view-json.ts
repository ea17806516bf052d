/** A view for programs: the runs behind a candidate by their uuid, and whether it fits. */
import type { Candidate } from './candidate.ts';
import { fits } from './fit-answer.ts';
import type { Recommendation } from './recommendation.ts';
import type { RecommendationView } from './view.ts';

export function viewAsJson(view: RecommendationView, memoryOf: (hostname: string) => number | null) {
  return {
    ...view,
    recommendations: view.recommendations.map((each) =>
      recommendationAsJson(each, each.sentence, memoryOf(each.hostname)),
    ),
    matrix: view.matrix.map(({ hosts, ...row }) => ({
      ...row,
      hosts: hosts.map(({ hostname, best }) => ({ hostname, best: candidateAsJson(best) })),
    })),
  };
}

function recommendationAsJson(recommendation: Recommendation, sentence: string, memoryBytes: number | null) {
  const { best, equals, next, worthMeasuring, ranked, ...facts } = recommendation;
  const rival = (each: Recommendation['equals'][number]) => ({ ...each, candidate: candidateAsJson(each.candidate) });
  return {
    ...facts,
    sentence,
    memoryBytes,
    best: best === null ? null : candidateAsJson(best),
    equals: equals.map(rival),
    next: next === null ? null : rival(next),
    worthMeasuring: worthMeasuring.map(candidateAsJson),
    ranked: ranked.map(({ candidate, ...rest }) => ({
      ...candidateAsJson(candidate),
      ...rest,
      fits: fits(candidate, memoryBytes),
    })),
  };
}

function candidateAsJson({ group, ...candidate }: Candidate) {
  return { ...candidate, uuids: group?.runs.map(({ uuid }) => uuid) ?? [] };
}
