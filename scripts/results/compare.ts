/**
 * Who may be compared with whom, and what the comparison says (docs/measurement.md). The end of benchmark.ts, analyze.ts and the
 * report all ask here; what they compare are groups of runs that measured the same thing, under the names that they show.
 */

import { type SourceFacts, sourceRelation } from '../log/lineage.ts';
import { leadOfEquals, type Measurement, unequalConditions, unequalReason } from '../log/measurement.ts';
import type { NoiseFloor } from '../log/records/certificate-records.ts';
import type { Sample } from '../statistics/log-ratio.ts';
import { noiseFloorOf } from '../statistics/noise-floor.ts';
import { type Comparison, type ComparisonTerms, compareWith } from '../statistics/verdict.ts';

/** What a comparison has to know of a group of runs. */
export interface Contestant {
  /** What a sentence about another contestant calls it. */
  name: string;
  /** What was measured; empty where nothing is known of it. */
  measurement: Measurement;
  /** Where the weights of each run come from. */
  sources: readonly SourceFacts[];
  /** Why it is compared with nobody, in words; null where it may be. */
  unrankable: string | null;
}

export interface Field<C extends Contestant> {
  /** With whom the others are compared; undefined where nobody may be ranked. */
  reference: C | undefined;
  /** The others that may be compared with it. */
  others: C[];
  /** Why a contestant is not compared with the reference, in words; null for those that are, and for the reference. */
  whyNot: (contestant: C) => string | null;
}

/**
 * @param contestants best first
 * @param asked those that may be the reference; absent: the best of the equals is
 */
export function fieldOf<C extends Contestant>(contestants: readonly C[], asked?: (contestant: C) => boolean): Field<C> {
  const rankable = contestants.filter(({ unrankable }) => unrankable === null);
  const reference =
    asked === undefined ? leadOfEquals(rankable, ({ measurement }) => measurement) : rankable.find(asked);
  const whyNot = (contestant: C) => unequalTo(contestant, reference);
  const others = rankable.filter((contestant) => contestant !== reference && whyNot(contestant) === null);
  return { reference, others, whyNot };
}

function unequalTo(contestant: Contestant, reference: Contestant | undefined): string | null {
  if (contestant.unrankable !== null) return contestant.unrankable;
  if (reference === undefined || contestant === reference) return null;
  // Rule 10 of docs/measurement.md: speed is compared on the same source weights.
  if (sourceRelation(reference.sources, contestant.sources) === 'other source')
    return `its weights descend from another source than those of ${reference.name}: see model_lineage in runs.csv`;
  const conditions = unequalConditions(contestant.measurement, reference.measurement);
  return conditions === null ? null : unequalReason(conditions, reference.name);
}

/** One figure of a group: of each of its runs, and of runs that are known to be identical. */
export interface Figures {
  samples: readonly Sample[];
  /** Runs of it beside those of its twin; none where no A/A was measured. */
  identical: ReadonlyArray<{ a: readonly Sample[]; b: readonly Sample[] }>;
}

export interface Compared {
  /** A/A noise, which no difference may stay below; null with too few runs. */
  noiseFloor: NoiseFloor | null;
  /** Each of the others against the reference, corrected after Holm over all of them. */
  comparisons: Comparison[];
}

/** @param terms how the reference was chosen, and how few runs are enough */
export function compare(
  reference: Figures,
  others: readonly Figures[],
  terms: Omit<ComparisonTerms, 'noiseFloor'>,
): Compared {
  const floor = noiseFloor([reference, ...others]);
  const samples = others.map((other) => other.samples);
  return {
    noiseFloor: floor,
    comparisons: compareWith(reference.samples, samples, { ...terms, noiseFloor: floor?.share ?? 0 }),
  };
}

/** How far apart does this machine put things that are the same? Null where too few runs say it. */
export function noiseFloor(figures: readonly Figures[]): NoiseFloor | null {
  return noiseFloorOf(
    figures.map(({ samples }) => samples),
    figures.flatMap(({ identical }) => identical),
  );
}
