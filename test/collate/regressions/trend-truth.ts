/**
 * What the search for trends makes of histories whose truth is known: the tables in docs/trends.md. Seeds are fixed, so the tables
 * come out the same; only the times depend on the machine.
 *
 *     npx tsx test/collate/regressions/trend-truth.ts
 *     npx tsx test/collate/regressions/trend-truth.ts still steps
 */
import { wilsonInterval } from '../../../scripts/statistics/proportions.ts';
import { noises, type SeriesNoise } from '../../fakes/simulated-series.ts';
import {
  type BisectionTruth,
  bisectionsRight,
  directions,
  excursion,
  falseAlarms,
  foundSoon,
  halfway,
  kindsTold,
  otavaFinds,
  secondsFor,
  sessionAlarms,
  slowDrift,
  spike,
  stepsFound,
} from './known-truths.ts';

function percent(share: number): string {
  return `${Number((100 * share).toFixed(2))} %`;
}

function upperBound(share: number, count: number): string {
  return percent(wilsonInterval(Math.round(share * count), count)?.high ?? 1);
}

/** Rows are printed as they are made. */
async function show(
  title: string,
  header: readonly string[],
  rows: ReadonlyArray<() => readonly string[] | Promise<readonly string[]>>,
): Promise<void> {
  const line = (cells: readonly string[]) => process.stdout.write(`| ${cells.join(' | ')} |\n`);
  process.stdout.write(`${title}\n\n`);
  line(header);
  line(header.map(() => '---'));
  for (const row of rows) line(await row());
  process.stdout.write('\n');
}

const shapesOf = Object.keys(noises).filter((name): name is SeriesNoise => name in noises);

const tables: Readonly<Record<string, () => Promise<void>>> = {
  still: () =>
    show(
      'Nothing changed: 100 series of 200 runs',
      ['noise', 'scans', 'with any alarm', 'upper 95 % bound'],
      [
        { sigma: 0.05, noise: 'normal' as const, count: 500 },
        ...shapesOf.map((noise) => ({ sigma: 0.02, noise, count: noise === 'normal' ? 500 : 200 })),
      ].map(({ count, ...truth }) => () => {
        const share = falseAlarms({ points: 200, ...truth }, count);
        return [`${truth.noise}, ${percent(truth.sigma)}`, String(count), percent(share), upperBound(share, count)];
      }),
    ),
  steps: () =>
    show(
      'A step of three deviations among 200 runs, in every tenth of 100 series',
      ['noise', 'steps', 'found', 'located within one run', 'more than one told', 'upwards', 'downwards'],
      [0.02, 0.05].map((sigma) => () => {
        const { found, located, extra, up, down } = stepsFound(sigma, 3, 40);
        return [percent(sigma), '400', ...[found, located, extra, up, down].map(percent)];
      }),
    ),
  none: () =>
    show(
      'No step, in single series',
      ['truth', 'runs', 'noise', 'series', 'told as step', 'told as drift'],
      [
        ...[200, 365].flatMap((points) =>
          [0.005, 0.01, 0.02].map((sigma) => ({
            name: 'drift of 2 % in 100 runs',
            count: 500,
            points,
            sigma,
            level: slowDrift,
          })),
        ),
        { name: '10 % away for 40 runs and back', count: 40, points: 200, sigma: 0.02, level: excursion },
        { name: 'one run of half the speed', count: 500, points: 200, sigma: 0.02, level: spike },
      ].map(({ name, count, ...truth }) => () => {
        const { step, drift } = kindsTold(truth, count);
        return [name, String(truth.points), percent(truth.sigma), String(count), percent(step), percent(drift)];
      }),
    ),
  soon: () =>
    show(
      'How soon: a step of three deviations behind 100 runs, in one of 100 series',
      ['runs behind it', 'found'],
      [5, 6, 7, 8, 10, 12].map((behind) => () => [String(behind), percent(foundSoon(behind, 40))]),
    ),
  directions: () =>
    show(
      'Direction of what chance calls significant at 5 %',
      ['series', 'up', 'down'],
      [
        () => {
          const { up, down } = directions(10_000, 200);
          return ['10000', String(up), String(down)];
        },
      ],
    ),
  dependent: () =>
    show(
      'Runs that are not independent: 20 scans of 100 series of 200 runs',
      ['truth', 'with any alarm'],
      [
        () => [
          'each run has half the deviation of the one before, 2 %',
          percent(falseAlarms({ points: 200, sigma: 0.02, correlation: 0.5 }, 20, 70_000)),
        ],
        () => ['sessions of five runs, every run a point', percent(sessionAlarms('runs', 20))],
        () => ['the same, every session a point', percent(sessionAlarms('sessions', 20))],
      ],
    ),
  otava: () =>
    show(
      "Otava's rule at p = 0.001, in single series of 200 runs",
      ['truth', 'series', 'anything found'],
      [
        ...shapesOf.map((noise) => ({ name: `nothing changed, ${noise} 2 %`, points: 200, sigma: 0.02, noise })),
        { name: 'drift of 2 % in 100 runs, noise 1 %', points: 200, sigma: 0.01, level: slowDrift },
        { name: 'step of three deviations in the middle', points: 200, sigma: 0.02, level: halfway },
      ].map(({ name, ...truth }) => () => [name, '300', percent(otavaFinds(truth, 300))]),
    ),
  bisection: () =>
    show(
      'Bisection of 1024 builds, 100 times, at most 96 runs',
      [
        ...['noise', 'change', 'disturbed runs', 'right build', 'ended certain', 'wrong among these'],
        ...['right one among those named', 'runs, mean', 'runs, most'],
      ],
      [
        { noise: 0.02, change: 0.05 },
        { noise: 0.02, change: 0.05, disturbed: 0.05 },
        { noise: 0.01, change: 0.05 },
        { noise: 0.02, change: 0.03 },
      ].map(({ noise, change, disturbed = 0 }: BisectionTruth) => async () => {
        const found = await bisectionsRight({ noise, change, disturbed }, 100);
        const { right, certain, wrongThoughCertain, among, meanRuns, mostRuns } = found;
        return [
          ...[noise, change, disturbed, right, certain, wrongThoughCertain, among].map(percent),
          ...[meanRuns.toFixed(0), String(mostRuns)],
        ];
      }),
    ),
  time: () =>
    show(
      'Time for 1000 series of 365 runs',
      ['elapsed', 'processor'],
      [
        () => {
          const { elapsed, cpu } = secondsFor(1000, 365);
          return [`${elapsed.toFixed(1)} s`, `${cpu.toFixed(1)} s`];
        },
      ],
    ),
};

const asked = process.argv.slice(2);
for (const [name, table] of Object.entries(tables)) if (asked.length === 0 || asked.includes(name)) await table();
