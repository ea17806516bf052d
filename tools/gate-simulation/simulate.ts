/** How often a rule alarms without a change, and finds one that is there. Seeds are fixed, so the figures come out the same. */
import { wilsonInterval } from '../../scripts/statistics/proportions.ts';
import { seededRandom } from '../../scripts/statistics/seeded-random.ts';
import { type Interval, mean, quantile } from '../../scripts/statistics/statistics.ts';
import { familyLevel, logChange, smallestThatCounts } from '../../scripts/statistics/two-stage.ts';
import { runsToFind } from '../../scripts/statistics/two-stage-power.ts';
import { gate, type Rule, runsASide } from './rules.ts';
import { inTurns, type NoiseName, type SimulatedCell } from './simulated-cell.ts';

export interface Share {
  count: number;
  of: number;
  share: number;
  /** 95 %, after Wilson. */
  interval: Interval;
}

function shareOf(count: number, of: number): Share {
  return { count, of, share: count / of, interval: wilsonInterval(count, of) ?? { low: 0, high: 1 } };
}

export interface Scenario {
  noise: NoiseName;
  cells: number;
  comparisons: number;
  seed: number;
}

/** @param slowdown of the first cell; the others are unchanged */
function cellsOf({ noise, cells, seed }: Scenario, comparison: number, slowdown: number): SimulatedCell[] {
  const random = seededRandom(seed * 1_000_003 + comparison);
  return Array.from({ length: cells }, (_, i) => ({ noise, slowdown: i === 0 ? slowdown : 0, random }));
}

function times<T>(count: number, of: (i: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => of(i));
}

export interface GateAlarms {
  /** Comparisons in which anything was confirmed, in either direction; and those of them in which a build would have failed. */
  any: Share;
  slower: Share;
  /** Cells that were measured again. */
  suspected: Share;
}

export function gateAlarms(scenario: Scenario): GateAlarms {
  const results = times(scenario.comparisons, (i) => gate(cellsOf(scenario, i, 0)));
  const having = (of: (verdict: string | null) => boolean) =>
    shareOf(results.filter(({ verdicts }) => verdicts.some(of)).length, scenario.comparisons);
  return {
    any: having((verdict) => verdict !== null),
    slower: having((verdict) => verdict === 'slower'),
    suspected: shareOf(
      results.reduce((sum, { suspects }) => sum + suspects, 0),
      scenario.comparisons * scenario.cells,
    ),
  };
}

export interface GateFinds {
  found: Share;
  /** Mean runs a side of the second stage; null where there was none. */
  runsAgain: number | null;
}

/** @param most runs a side of the second stage */
export function gateFinds(scenario: Scenario, slowdown: number, most?: number): GateFinds {
  const results = times(scenario.comparisons, (i) => gate(cellsOf(scenario, i, slowdown), most));
  const runs = results.flatMap(({ runsAgain }) => runsAgain);
  return {
    found: shareOf(results.filter(({ verdicts }) => verdicts[0] === 'slower').length, scenario.comparisons),
    runsAgain: runs.length === 0 ? null : mean(runs),
  };
}

export function ruleAlarms(rule: Rule, scenario: Scenario): Share {
  const alarms = times(scenario.comparisons, (i) => rule(cellsOf(scenario, i, 0)).some((slower) => slower));
  return shareOf(alarms.filter((alarm) => alarm).length, scenario.comparisons);
}

export function ruleFinds(rule: Rule, scenario: Scenario, slowdown: number): Share {
  const found = times(scenario.comparisons, (i) => rule(cellsOf(scenario, i, slowdown))[0] === true);
  return shareOf(found.filter((is) => is).length, scenario.comparisons);
}

/** Runs a side that the gate asks for in order to find the smallest change that counts: median, and where 90 of 100 answers lie. */
export function runsAskedFor(scenario: Scenario): Interval & { median: number } {
  const answers = times(scenario.comparisons, (i) => {
    const [cell] = cellsOf(scenario, i, smallestThatCounts);
    const change = cell === undefined ? null : logChange(inTurns(cell, runsASide));
    return runsToFind(Math.log1p(smallestThatCounts), change?.deviation ?? 0, familyLevel) ?? Number.POSITIVE_INFINITY;
  }).sort((a, b) => a - b);
  return { median: quantile(answers, 0.5), low: quantile(answers, 0.05), high: quantile(answers, 0.95) };
}
