/** Memory over the time of a run: for each contender of a group the run whose peak is the median of its runs. */
import { bytes, figureText, milliseconds } from '../../../../scripts/command-line/format.ts';
import { type MemorySeries, memorySeries } from '../../../data/memory.ts';
import { readableUnit } from '../../../data/metric.ts';
import { frameworkColor } from '../../../render/theme.ts';
import { left, right, tableOf } from '../../../report/table.ts';
import { chooseGroup } from '../group-choice.ts';
import { shortNames } from '../member-names.ts';
import { thinned } from '../min-max.ts';
import { type Layer, layered, legendOf, mostMarks, quantitative, tip } from '../spec.ts';
import { type Action, type Content, nothing, type View } from '../view.ts';

export const memory: View = {
  name: 'memory',
  title: 'Memory',
  question: 'How much memory does it take, and when?',
  draw(shown) {
    const all = memorySeries(shown.groups, shown.data.memory);
    const groups = shown.groups.filter((group) => all.some((series) => series.group === group));
    const { group, choice } = chooseGroup(shown, groups);
    if (group === undefined) return nothing('No run that is shown has its memory over time.');
    const series = all.filter((each) => each.group === group);
    const names = shortNames(series.map(({ member }) => member));
    return {
      sentence: sentenceOf(series, names),
      choices: [choice],
      notes: [
        'One run of each contender, the one whose peak is the median. Lines: resident memory of the engine. Triangles: the highest of load and of inference, from the counters of the system.',
      ],
      ...drawn(series, names),
    };
  },
};

function peakOf({ points, peaks }: MemorySeries): number {
  return Math.max(...points.map((point) => point.bytes), ...peaks.map((peak) => peak.bytes));
}

function sentenceOf(series: readonly MemorySeries[], names: readonly string[]): string {
  const peaks = series.map((each, i) => ({ name: names[i], peak: peakOf(each) })).sort((a, b) => a.peak - b.peak);
  const [least, most] = [peaks[0], peaks.at(-1)];
  if (least === undefined || most === undefined) return 'Nothing was measured.';
  if (least === most) return `${least.name} takes ${bytes(least.peak)} at its peak.`;
  return `${least.name} takes the least at its peak, ${bytes(least.peak)}; ${most.name} the most, ${bytes(most.peak)}.`;
}

function drawn(
  series: readonly MemorySeries[],
  names: readonly string[],
): Pick<Content, 'chart' | 'table' | 'rowActions'> {
  const actions = series.map(({ run }): Action => ({ kind: 'run', uuid: run.uuid ?? '' }));
  const phaseOf = ({ phases }: MemorySeries, name: string) => {
    const phase = phases.find((each) => each.name === name);
    return phase === undefined ? '–' : milliseconds((phase.toSeconds - phase.fromSeconds) * 1000);
  };
  return {
    rowActions: actions,
    table: tableOf('Memory of one run of each contender', series, [
      [left('Contender'), (each) => names[series.indexOf(each)] ?? ''],
      ...(['load', 'inference'] as const).map(
        (name) =>
          [
            right(`Peak of ${name}`),
            ({ peaks }: MemorySeries) => {
              const peak = peaks.find((each) => each.name === name);
              return peak === undefined ? '–' : bytes(peak.bytes);
            },
          ] as const,
      ),
      [right('At the end'), ({ points }) => bytes(points.at(-1)?.bytes ?? 0)],
      ...(['start', 'load', 'warmup', 'measured'] as const).map(
        (name) => [right(`Time in ${name}`), (each: MemorySeries) => phaseOf(each, name)] as const,
      ),
    ]),
    chart: {
      name: 'memory',
      label: `Resident memory over time of ${series.length} contenders. ${sentenceOf(series, names)}`,
      actions,
      spec: (width) => layered(layersOf(series, names, width), width, 340),
    },
  };
}

function layersOf(series: readonly MemorySeries[], names: readonly string[], width: number): Layer[] {
  const { unit, divisor } = readableUnit('B', series.map(peakOf));
  const colors = series.map(({ member }) => frameworkColor(member.framework));
  const color = legendOf(names, colors, width);
  const tipOf = (i: number, what: string, seconds: number, value: number) =>
    [names[i], `${what} ${figureText(value, 'B')} after ${milliseconds(seconds * 1000)}`, 'Click: its tokens'].join(
      '\n',
    );
  const most = Math.floor(mostMarks / 2 / Math.max(1, series.length));
  const lines = series.flatMap(({ points }, i) =>
    thinned(points, ({ bytes: value }) => value, most).map(({ seconds, bytes: value }) => ({
      ...{ x: seconds, y: value / divisor, series: names[i], mark: i },
      tip: tipOf(i, 'resident', seconds, value),
    })),
  );
  const peaks = series.flatMap((each, i) =>
    each.peaks.map(({ name, seconds, bytes: value }) => ({
      ...{ x: seconds, y: value / divisor, series: names[i], mark: i },
      tip: tipOf(i, `peak of ${name}`, seconds, value),
    })),
  );
  const x = { ...quantitative('x'), axis: { title: 'Time since the start of the run (s)', grid: false } };
  const y = {
    ...quantitative('y'),
    scale: { zero: true, nice: true },
    axis: { title: `Resident memory (${unit})`, grid: true },
  };
  return [
    { data: { values: lines }, mark: { type: 'line', strokeWidth: 2 }, encoding: { x, y, color } },
    {
      data: { values: lines },
      mark: { type: 'point', size: 60, opacity: 0, cursor: 'pointer' },
      encoding: { x, y, tooltip: tip },
    },
    {
      data: { values: peaks },
      mark: { type: 'point', shape: 'triangle-up', filled: true, size: 70, opacity: 1, cursor: 'pointer' },
      encoding: { x, y, color, tooltip: tip },
    },
  ];
}
