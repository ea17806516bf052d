/** How close each contender comes to what its host can do: points below measured ceilings, both axes logarithmic. */
import { groupBy } from '../../../../collate/analysis/group-by.ts';
import { percent, significant } from '../../../../scripts/command-line/format.ts';
import {
  panelName,
  type RooflineCeiling,
  type RooflinePanel,
  type RooflinePoint,
  rooflinePanels,
} from '../../../data/roofline.ts';
import { frameworkColor, ink, paper, softInk } from '../../../render/theme.ts';
import { count, figure, left, right, shown as shownCell, tableOf } from '../../../report/table.ts';
import { type Layer, layered, legendOf, literal, quantitative, tip } from '../spec.ts';
import { type Action, choice, nothing, type View } from '../view.ts';

export const roofline: View = {
  name: 'roofline',
  title: 'Roofline',
  question: 'How close is it to what the machine can do?',
  draw(shown) {
    const panels = rooflinePanels(shown.runs, shown.data.hardware).filter(({ points }) => points.length > 0);
    if (panels.length === 0)
      return nothing(
        'No run that is shown has a hardware benchmark of its host: npx tsx scripts/hardware-benchmark.ts makes one.',
      );
    const made = choice(
      shown,
      'roofline',
      'Of',
      panels.map((panel) => ({ value: panelName(panel), label: panelName(panel) })),
    );
    const panel = panels.find((each) => panelName(each) === made.chosen);
    if (panel === undefined) return nothing('There is no such host.', [made]);
    const { points } = panel;
    const actions = points.map(({ framework }): Action => ({ kind: 'filter', facet: 'framework', value: framework }));
    return {
      sentence: sentenceOf(points),
      choices: [made],
      notes: [
        'Lines: ceilings measured on the host with as many threads. Circles: decoding. Squares: the prompt. Hollow: not comparable. Both axes are logarithmic.',
      ],
      rowActions: actions,
      table: tableOf('Shares of the measured ceilings, geometric means over runs', points, [
        [left('Contender'), ({ name }) => name],
        [left('Phase'), ({ phase }) => phase],
        [right('Intensity', 'FLOP/byte'), ({ flopPerByte }) => figure(flopPerByte)],
        [right('Arithmetic', 'GFLOP/s'), ({ gigaflops }) => figure(gigaflops)],
        [right('Share of its ceiling'), ({ utilization }) => shownCell(utilization, percent)],
        [left('Bound by'), ({ bound }) => bound ?? '–'],
        [right('Runs'), ({ runs }) => count(runs)],
      ]),
      chart: {
        name: 'roofline',
        label: `Roofline of ${panelName(panel)}: ${points.length} points below ${panel.ceilings.length} ceilings.`,
        actions,
        spec: (width) => layered(layersOf(panel, width), width, 400),
      },
    };
  },
};

/** A share of a cache's bandwidth is another figure, and one above 1 says that the ceiling was measured too low. */
function isTold({ phase, comparable, run, utilization }: RooflinePoint): boolean {
  return (
    phase === 'decode' && comparable && run.bandwidth_level === 'memory' && utilization !== null && utilization <= 1
  );
}

function sentenceOf(points: readonly RooflinePoint[]): string {
  const shares = points.flatMap((point) => (isTold(point) ? [{ point, share: point.utilization ?? 0 }] : []));
  const [best] = shares.toSorted((a, b) => b.share - a.share);
  return best === undefined
    ? 'Arithmetic of each contender under the ceilings of its host.'
    : `${best.point.name} comes closest when decoding: ${percent(best.share)} of the bandwidth that was measured here.`;
}

/** `cache 53.6 to 62.8 GB/s`: where one was measured over several working sets, from the slowest to the fastest. */
function labelOf(alike: readonly [RooflineCeiling, ...RooflineCeiling[]]): string {
  const values = alike.map(({ value }) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)].map((value) => significant(value));
  const unit = alike[0].kind === 'arithmetic' ? 'GFLOP/s' : 'GB/s';
  return `${alike[0].label} ${low === high ? low : `${low} to ${high}`} ${unit}`;
}

/** Around the outermost points, as a factor. */
const room = 2;
/** Marks of a ceiling's line. */
const steps = 60;

function layersOf({ points, ceilings }: RooflinePanel, width: number): Layer[] {
  const top = Math.max(0, ...ceilings.filter(({ kind }) => kind === 'arithmetic').map(({ value }) => value));
  const bandwidths = ceilings.filter(({ kind }) => kind === 'bandwidth');
  const ridges = top > 0 ? bandwidths.map(({ value }) => top / value) : [];
  const [xs, ys] = [points.map(({ flopPerByte }) => flopPerByte), points.map(({ gigaflops }) => gigaflops)];
  const xDomain = [Math.min(...xs, ...ridges) / room, Math.max(...xs, ...ridges) * room] as const;
  const yDomain = [Math.min(...ys) / room, Math.max(...ys, top) * room];
  const heightAt = ({ kind, value }: RooflineCeiling, x: number) =>
    kind === 'arithmetic' ? value : top > 0 ? Math.min(top, x * value) : x * value;
  const along = (share: number) => xDomain[0] * (xDomain[1] / xDomain[0]) ** share;
  const lines = ceilings.map((ceiling) => ({
    kind: ceiling.kind,
    values: Array.from({ length: steps + 1 }, (_, i) => ({
      x: along(i / steps),
      y: heightAt(ceiling, along(i / steps)),
    })),
  }));
  const labels = groupBy(ceilings, ({ label, kind }) => [label, kind]).map((alike, i) => {
    const [highest] = alike.toSorted((a, b) => b.value - a.value);
    const isBandwidth = alike[0].kind === 'bandwidth';
    // Bandwidths may lie close to each other: each is named at another place along its line.
    const at = isBandwidth ? along(0.3 + 0.12 * i) : xDomain[1];
    return {
      x: at,
      y: heightAt(highest ?? alike[0], at),
      words: labelOf(alike),
      left: isBandwidth,
      shift: isBandwidth ? 12 : -5,
    };
  });
  const x = {
    ...quantitative('x'),
    scale: { type: 'log' as const, domain: [...xDomain], nice: false },
    axis: { title: 'Arithmetic per byte (FLOP/byte, logarithmic)', grid: false, tickCount: 5, format: '~g' },
  };
  const y = {
    ...quantitative('y'),
    scale: { type: 'log' as const, domain: yDomain, nice: false },
    axis: { title: 'Arithmetic (GFLOP/s, logarithmic)', grid: true, tickCount: 5, format: '~g' },
  };
  const names = [...new Set(points.map(({ name }) => name))];
  const colors = names.map((name) => frameworkColor(points.find((point) => point.name === name)?.framework ?? ''));
  const values = points.map((point, mark) => ({
    x: point.flopPerByte,
    y: point.gigaflops,
    series: point.name,
    shape: point.phase === 'decode' ? 'circle' : 'square',
    fill: point.comparable ? frameworkColor(point.framework) : paper,
    mark,
    tip: [
      point.name,
      point.phase === 'decode' ? 'decoding' : 'the prompt',
      `${significant(point.gigaflops)} GFLOP/s at ${significant(point.flopPerByte)} FLOP/byte`,
      ...(point.utilization === null ? [] : [`${percent(point.utilization)} of its ceiling`]),
      'Click: only this framework',
    ].join('\n'),
  }));
  return [
    ...lines.map(
      ({ values: line, kind }): Layer => ({
        data: { values: line },
        mark: {
          type: 'line',
          color: softInk,
          strokeWidth: 1.5,
          clip: true,
          strokeDash: kind === 'arithmetic' ? [1, 0] : [6, 3],
        },
        encoding: { x, y },
      }),
    ),
    // A rim of paper keeps the names legible where lines cross them.
    ...[{ stroke: paper, strokeWidth: 4 }, {}].map(
      (rim): Layer => ({
        data: { values: labels },
        mark: {
          ...{ type: 'text', color: ink, ...rim },
          align: { expr: "datum.left ? 'left' : 'right'" },
          dx: { expr: 'datum.left ? 8 : 0' },
          dy: { expr: 'datum.shift' },
        },
        encoding: { x, y, text: { field: 'words', type: 'nominal' } },
      }),
    ),
    {
      data: { values },
      mark: { type: 'point', size: 90, strokeWidth: 2, opacity: 1, cursor: 'pointer' },
      encoding: {
        x,
        y,
        fill: literal('fill'),
        shape: literal('shape'),
        stroke: legendOf(names, colors, width, { hollow: true }),
        tooltip: tip,
      },
    },
  ];
}
