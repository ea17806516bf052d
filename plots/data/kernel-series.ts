/** Kernel runs as lines over a length: a panel for each host, device, framework, model, format and setting. */
import { frameworkTitle } from '../../collate/analysis/framework-title.ts';
import { groupBy } from '../../collate/analysis/group-by.ts';
import { measurementBut } from '../../collate/analysis/measurement.ts';
import { differingWords } from '../../scripts/log/measurement-words.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import type { Sample } from '../../scripts/statistics/log-ratio.ts';
import { centerOf } from '../../scripts/statistics/statistics.ts';
import { modelName } from './groups.ts';

/** Over what the rates are drawn. */
export interface Axis {
  /** Null where a run has no place on it. */
  x: (run: RunRow) => number | null;
  rate: (run: RunRow) => number | null;
  /** What else decides the rate: runs that differ in it are on different lines. */
  fixed: (run: RunRow) => ReadonlyArray<number | null>;
}

/** Prompt tokens per second by the length of the prompt; a batch and a depth have lines of their own. */
export const byPromptLength: Axis = {
  x: ({ n_prompt }) => n_prompt,
  rate: ({ pp_tokens_per_s }) => pp_tokens_per_s,
  fixed: ({ batch_tokens, depth }) => [depth, batch_tokens],
};

/** Prompt tokens per second by the tokens that are evaluated at once. */
export const byBatch: Axis = {
  // A batch larger than the prompt is never filled.
  x: ({ batch_tokens, n_prompt }) =>
    batch_tokens === null || n_prompt === null || batch_tokens > n_prompt ? null : batch_tokens,
  rate: ({ pp_tokens_per_s }) => pp_tokens_per_s,
  fixed: ({ n_prompt, depth }) => [depth, n_prompt],
};

/** Generated tokens per second by the positions that a token looks back on, in the middle of the test. */
export const byPositions: Axis = {
  x: ({ depth, n_gen }) => (n_gen === null ? null : (depth ?? 0) + n_gen / 2),
  rate: ({ tg_tokens_per_s }) => tg_tokens_per_s,
  fixed: () => [],
};

export interface KernelPoint {
  x: number;
  /** Rate of each run. */
  rates: readonly number[];
  /** The same with their places in their sessions. */
  samples: readonly Sample[];
  /** Geometric mean. */
  center: number;
}

export interface KernelLine {
  /** Any run of it, for what is fixed along the line. */
  example: RunRow;
  points: readonly KernelPoint[];
}

export interface KernelPanel {
  framework: string;
  /** 'llamacpp · vm · cpu · 15M shape (synthetic weights) · q8_0 · 2 threads' */
  place: string;
  comparable: boolean;
  /** By the axes that were asked for; null where fewer than two lengths were measured. */
  lines: ReadonlyArray<KernelLine | null>;
  /** Behind the point that has most. */
  runs: number;
}

/** Panels with a line over at least one of the axes. */
export function kernelPanels(runs: readonly RunRow[], axes: readonly Axis[]): KernelPanel[] {
  const panels = groupBy(runs, (run) => [JSON.stringify(fixedOf(run)), run.comparable]);
  const others = panels.map(([first]) => fixedOf(first));
  return panels
    .map((panel) => {
      const [first] = panel;
      const setting = differingWords(fixedOf(first), others, inPlace);
      const lines = axes.map((axis) => longestLine(panel, axis));
      return {
        framework: first.framework ?? 'unknown framework',
        place: [placeOf(first), ...setting].join(' · '),
        comparable: first.comparable !== false,
        lines,
        runs: Math.max(0, ...lines.flatMap((line) => line?.points.map(({ rates }) => rates.length) ?? [])),
      };
    })
    .filter(({ lines }) => lines.some((line) => line !== null))
    .sort((a, b) => a.place.localeCompare(b.place, 'en', { numeric: true }));
}

/** What may differ along a line; each axis says which of it has to be the same. */
const lengths = ['nPrompt', 'nGen', 'depth', 'batchTokens', 'contextTokens'].flatMap((name) => [
  `requested.${name}`,
  `effective.settings.${name}`,
]);

const fixedOf = (run: RunRow) => measurementBut(run, lengths);

/** What the place says. */
const inPlace = [
  'framework.name',
  'host.hostname',
  'model.name',
  'model.sha256',
  'model.quantize',
  'effective.device',
  'effective.settings.threads',
];

/** With most lengths; of equal ones that at the least depth. */
function longestLine(panel: readonly RunRow[], axis: Axis): KernelLine | null {
  const lines = groupBy(panel, axis.fixed)
    .map((runs) => ({ example: runs[0], points: pointsOf(runs, axis) }))
    .filter(({ points }) => points.length > 1);
  const [longest] = lines.sort(
    (a, b) => b.points.length - a.points.length || (a.example.depth ?? 0) - (b.example.depth ?? 0),
  );
  return longest ?? null;
}

function pointsOf(runs: readonly RunRow[], { x, rate }: Axis): KernelPoint[] {
  const places = runs.flatMap((run) => {
    const [at, value] = [x(run), rate(run)];
    return at === null || value === null ? [] : [{ x: at, value, session: run.session, round: run.iteration }];
  });
  return groupBy(places, (place) => [place.x])
    .map((same) => {
      const rates = same.map(({ value }) => value);
      return { x: same[0].x, rates, samples: same, center: centerOf(rates) };
    })
    .sort((a, b) => a.x - b.x);
}

function placeOf(run: RunRow): string {
  const model = modelName({ model: run.model ?? 'unknown model', synthetic: run.synthetic === true });
  const threads = run.threads === null ? null : `${run.threads} ${run.threads === 1 ? 'thread' : 'threads'}`;
  const choice = run.kernel_chooses_token === true ? 'with token selection' : null;
  return [frameworkTitle(run), run.hostname, run.device, model, run.quantize, threads, choice]
    .filter((part) => part !== null)
    .join(' · ');
}
