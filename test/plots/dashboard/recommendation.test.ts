/** What the page says of what to run, as it is worked out when the page is made. */
import { describe, expect, it } from 'vitest';
import { recommendationView } from '../../../plots/dashboard/recommendation.ts';
import { plotData } from '../../../plots/data/plot-data.ts';
import type { RunRow } from '../../../scripts/results/runs/runs.ts';
import { completedRun } from '../row-factory.ts';

/** Six runs around a rate, by a thousandth. */
function runsAt(tokensPerSecond: number, row: Partial<RunRow>): RunRow[] {
  return [-3, -2, -1, 1, 2, 3].map((part, i) => {
    const rate = tokensPerSecond * (1 + part / 1000);
    const own = { uuid: `${row.framework}-${row.hostname}-${i}`, iteration: i, decode_tokens_per_s: rate };
    return completedRun({ ...row, ...own, active_parameters: 134_515_008 }, rate);
  });
}

const small = { framework: 'onnx', peak_rss_bytes: 2e8 };
const fast = { framework: 'llamacpp', peak_rss_bytes: 3e8 };
const runs = [
  ...runsAt(40, { ...small, hostname: 'slow-box' }),
  ...runsAt(50, { ...fast, hostname: 'slow-box' }),
  ...runsAt(50, { framework: 'pytorch', peak_rss_bytes: 4e8, hostname: 'slow-box' }),
  ...runsAt(90, { ...fast, hostname: 'fast-box' }),
];

describe('what to run, in the page', () => {
  const view = recommendationView(plotData(runs, { output: 'results' }));
  const at = (goal: 'throughput' | 'memory', hostname: string) =>
    view?.goals[goal].places.find((place) => place.hostname === hostname);

  it('is the fastest for one goal and the smallest for another, with who equals it and who is not beaten', () => {
    const told = (goal: 'throughput' | 'memory') =>
      at(goal, 'slow-box')?.ways.map(({ framework, standing, onFront }) => [framework, standing, onFront]);
    const byRate = told('throughput') ?? [];
    // Two of the same rate: either may be the first.
    expect(byRate.map(([, standing]) => standing)).toEqual(['recommended', 'statistically equal', '']);
    expect(byRate[2]).toEqual(['onnx', '', true]);
    expect(byRate.find(([framework]) => framework === 'pytorch')?.[2]).toBe(false);
    expect(told('memory')?.map(([framework]) => framework)).toEqual(['onnx', 'llamacpp', 'pytorch']);
  });

  it('has the figures with their intervals', () => {
    const decode = at('throughput', 'fast-box')?.ways[0]?.figures.decode;
    expect(decode?.value).toBeCloseTo(90, 3);
    expect(decode?.interval?.low).toBeGreaterThan(89.5);
    expect(decode?.interval?.high).toBeLessThan(90.5);
  });

  it('names the better host first for each size, and the commands on these results', () => {
    const [line] = view?.goals.throughput.matrix ?? [];
    expect([line?.algorithm, line?.size, line?.hosts.map(({ hostname }) => hostname)]).toEqual([
      'llama',
      '135M',
      ['fast-box', 'slow-box'],
    ]);
    expect(at('memory', 'slow-box')?.commands.at(-1)?.line).toBe(
      'npx tsx collate/recommend.ts --host slow-box --goal memory --limit memory=6GB --output results',
    );
    expect(view?.predicting.line).toBe('npx tsx collate/recommend.ts --model 1B --output results');
  });

  it('is nothing where nothing may be ranked', () => {
    const refused = runs.map((run) => ({ ...run, comparable: false }));
    expect(recommendationView(plotData(refused))).toBeNull();
  });
});
