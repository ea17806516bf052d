/**
 * Gaps between tokens of a run whose trend and noise are known: short answers of different lengths in no order, the first gap of
 * each slower, later ones a little slower again as attention grows, single gaps noisy by a tenth, and waves that last over answers.
 */
import type { Gap } from '../../scripts/results/figures/decode-pieces.ts';
import { seededRandom } from '../../scripts/statistics/seeded-random.ts';

/** How the time per token moves from 1 to 1 + change, by the share of the run that is over. */
const courses = {
  line: (share: number) => share,
  /** Most of it at first, as in warming up. */
  curve: (share: number) => 1 - Math.exp(-5 * share),
  /** All at once, when two fifths are over. */
  step: (share: number) => (share > 0.4 ? 1 : 0),
};

export interface SimulatedGaps {
  /** Tokens of the run. */
  tokens?: number;
  /** Standard deviation of the waves; each answer has one value of theirs. */
  noise?: number;
  /** How much the value of an answer resembles that of the one before: the rho of an AR(1) process. */
  rho?: number;
  change?: number;
  course?: keyof typeof courses;
}

const gapNs = 500_000;
const longestAnswer = 40;
const firstGap = 1.5;
const growthPerToken = 0.002;
const gapNoise = 0.1;

export function simulatedGaps(shape: SimulatedGaps, seed: number): Gap[] {
  const { tokens = 4000, noise = 0.03, rho = 0, change = 0, course = 'line' } = shape;
  const random = seededRandom(seed);
  const gaps: Gap[] = [];
  let wave = normal(random);
  for (let answer = 0; gaps.length < tokens; answer++) {
    const length = 1 + Math.floor(random() * longestAnswer);
    for (let step = 1; step < length; step++) {
      const drifted = 1 + change * courses[course](gaps.length / tokens);
      const place = (step === 1 ? firstGap : 1) * (1 + growthPerToken * step);
      const noisy = Math.exp(noise * wave + gapNoise * normal(random));
      gaps.push({ answer, step, ns: gapNs * drifted * place * noisy });
    }
    wave = rho * wave + Math.sqrt(1 - rho ** 2) * normal(random);
  }
  return gaps;
}

/** Box and Muller 1958. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
