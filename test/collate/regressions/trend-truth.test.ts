/** Small versions of the tables in docs/trends.md. All of it is seeded: it passes or fails for ever. */
import { describe, expect, it } from 'vitest';
import { bisect, budgetFor } from '../../../collate/regressions/bisect/bisect.ts';
import { otavaChangePoints } from '../../fakes/otava-rule.ts';
import { scans, simulatedLogs } from '../../fakes/simulated-series.ts';
import {
  bisectionsRight,
  directions,
  excursion,
  falseAlarms,
  kindsTold,
  otavaFinds,
  secondsFor,
  slowDrift,
  spike,
  stepsFound,
} from './known-truths.ts';

describe('of series in which nothing changed', () => {
  it.each(['normal', 'slowdowns (exponential)', 'two speeds', 'spikes'] as const)(
    'with %s noise, nothing is told',
    (noise) => {
      expect(falseAlarms({ points: 200, sigma: 0.02, noise }, 20)).toBeLessThanOrEqual(0.05);
    },
  );

  it('chance calls as many moves upwards as downwards', () => {
    const { up, down } = directions(4000, 60);
    expect(up + down).toBeGreaterThan(100);
    expect(up + down).toBeLessThan(260);
    // Three deviations of a binomial distribution with an even chance.
    expect(Math.abs(up - down)).toBeLessThan(3 * Math.sqrt(up + down));
  });
});

it('a step of three deviations is found, located, told once, and whichever way it goes', () => {
  const { found, located, extra, up, down } = stepsFound(0.02, 3, 10);
  expect(found).toBeGreaterThanOrEqual(0.95);
  expect(located).toBeGreaterThanOrEqual(0.9);
  expect(extra).toBeLessThan(0.05);
  expect(Math.abs(up - down)).toBeLessThan(0.1);
});

describe('no step is told', () => {
  it.each([0.005, 0.01, 0.02])('of a slow drift under noise of %d', (sigma) => {
    expect(kindsTold({ points: 200, sigma, level: slowDrift }, 60).step).toBe(0);
  });

  it('of a move that returned, and of a spike', () => {
    expect(kindsTold({ points: 200, sigma: 0.02, level: excursion }, 60).step).toBeLessThanOrEqual(0.05);
    expect(kindsTold({ points: 200, sigma: 0.02, level: spike }, 60).step).toBe(0);
  });
});

it('a thousand series of 365 runs take less than ten seconds of a processor', () => {
  expect(secondsFor(1000, 365).cpu).toBeLessThan(10);
});

describe("Otava's rule, as it stands beside ours", () => {
  it('finds an obvious step at its place and nothing else', () => {
    const [logs] = scans(1, 3, (random) =>
      simulatedLogs({ points: 200, sigma: 0.01, level: (run) => (run < 120 ? 0 : 0.3) }, random),
    );
    expect(otavaChangePoints(Array.from(logs ?? [], Math.exp), 1e-6)).toEqual([120]);
  });

  it('alarms more often than its level says where nothing changed', () => {
    expect(otavaFinds({ points: 200, sigma: 0.02 }, 300)).toBeGreaterThan(0.005);
  });
});

describe('a bisection', () => {
  it('of 1024 builds under noise of 2 % finds a change of 5 % within 96 runs', async () => {
    expect(budgetFor(1024, 8)).toBe(96);
    const { right, mostRuns } = await bisectionsRight({ noise: 0.02, change: 0.05 }, 40);
    expect(right).toBeGreaterThanOrEqual(0.95);
    expect(mostRuns).toBeLessThanOrEqual(96);
  });

  it('is upset by no disturbed run', async () => {
    const { right } = await bisectionsRight({ noise: 0.02, change: 0.05, disturbed: 0.05 }, 20);
    expect(right).toBeGreaterThanOrEqual(0.95);
  });

  it('of figures without any noise needs a run or two a build', async () => {
    const outcome = await bisect(1024, async (build) => (build < 700 ? 100 : 99), {
      runsPerBuild: 8,
      mostRuns: 96,
      confidence: 0.99,
    });
    expect(outcome).toMatchObject({ build: 700, ended: 'certain' });
    expect(outcome.runs.length).toBeLessThan(45);
  });

  it('says that a build lies at neither level', async () => {
    const measure = async (build: number) =>
      100 * (1 + ((build * 37) % 11) / 1e4) * (build < 8 ? 1 : build < 24 ? 0.8 : 0.6);
    const { atNeither } = await bisect(32, measure, { runsPerBuild: 8, mostRuns: 96, confidence: 0.99 });
    expect(atNeither.length).toBeGreaterThan(0);
  });
});
