/**
 * The unknown factors of a model of time or memory, by name, each with its prior: one for all, and beside it how far a framework, a
 * format or a host is from it. The priors are wide for what differs widely (what a layer costs), narrow for what physics nearly fixes
 * (the share of the bandwidth that is used).
 */
import type { Prior } from '../../../scripts/statistics/log-sum-fit.ts';

export class Factors {
  readonly priors: Prior[] = [];
  readonly #places = new Map<string, number>();

  /** What all have in common. @param mean of the logarithm */
  root(name: string, mean: number, deviation: number): number {
    return this.#at(name, { mean, deviation });
  }

  /** How far one of them is from what all have in common. */
  apart(name: string, deviation: number): number {
    return this.#at(name, { mean: 0, deviation });
  }

  #at(name: string, prior: Prior): number {
    const known = this.#places.get(name);
    if (known !== undefined) return known;
    const place = this.priors.length;
    this.priors.push(prior);
    this.#places.set(name, place);
    return place;
  }
}
