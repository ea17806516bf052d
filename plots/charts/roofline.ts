/** How close each framework comes to what its host can do: the roofline. */
import { percent, significant } from '../../scripts/command-line/format.ts';
import { nextCommands } from '../data/next-commands.ts';
import { panelName, type RooflinePoint, rooflinePanels, workloadName } from '../data/roofline.ts';
import { panelStack, panelWidth } from '../panels/panel.ts';
import { boundBefore, rooflinePanel, rooflineScale, shareText } from '../panels/roofline-panel.ts';
import type { Cell } from '../report/document.ts';
import { count, figure, left, right, shown, tableOf, withoutConstants } from '../report/table.ts';
import { altText, type Chart } from './chart.ts';
import { moreLines } from './scope.ts';

const mostPanels = 4;
/** Labels and title of the vertical axis. */
const axisWidth = 62;

export const roofline: Chart = {
  name: 'roofline',
  question: 'How close does each framework come to what the machine can do?',
  draw(data) {
    const panels = rooflinePanels(data.runs, data.hardware);
    const rows = panels.flatMap((panel) => panel.points.map((point) => ({ panel, point })));
    if (rows.length === 0) {
      const sentence = 'No run has a hardware benchmark of its host within a day.';
      return { kind: 'gap', sentence, command: nextCommands(data).hardware };
    }
    const points = rows.map(({ point }) => point);
    const drawn = panels.slice(0, mostPanels);
    const scale = rooflineScale(drawn);
    return {
      kind: 'picture',
      title: titleOf(points),
      subtitle: [
        ...(panels.length === 1 ? panels.map(panelName) : []),
        'Lines: ceilings measured on the host. Points: geometric means over runs.',
        'Circles: decoding, with its share of the bandwidth (MBU). Squares: the prompt, with its share of the arithmetic (MFU).',
        'The ceilings were measured with as many threads. Arithmetic: 2 × active parameters × tokens per second. Hollow: not comparable.',
        ...moreLines(panels.length - mostPanels, 'panel'),
      ],
      spec: panelStack(
        drawn.map((panel) => ({
          title: panelName(panel),
          cells: [rooflinePanel(panel, scale, panelWidth() - axisWidth)],
        })),
      ),
      table: withoutConstants(
        tableOf('Shares of the measured ceilings, geometric means over runs', rows, [
          [left('Host'), ({ panel }) => panel.hostname],
          [left('Device'), ({ panel }) => panel.device],
          [right('Threads'), ({ panel: { threads } }) => (threads === null ? '–' : count(threads))],
          [left('Workload'), ({ panel }) => workloadName(panel)],
          [left('Framework'), ({ point }) => point.name],
          [left('Phase'), ({ point }) => point.phase],
          [right('Runs'), ({ point }) => count(point.runs)],
          [right('Intensity', 'FLOP/byte'), ({ point }) => figure(point.flopPerByte)],
          [
            right('Arithmetic', 'GFLOP/s'),
            ({ point }) => ({
              text: `${boundBefore(point)}${figure(point.gigaflops).text}`,
              value: point.gigaflops,
            }),
          ],
          [right('Ceiling'), ({ point }) => ceilingCell(point)],
          [right('Share'), ({ point }) => ({ text: shareText(point) ?? '–', value: point.utilization })],
          [left('Bound by'), ({ point }) => point.bound ?? '–'],
          [left('Flags'), ({ point }) => point.flags.map((flag) => flag.replaceAll('_', ' ')).join(', ') || '–'],
        ]),
      ),
      alt: altText(
        'Roofline, arithmetic over arithmetic per byte, both logarithmic.',
        points.map((point) => `${point.name} ${point.phase}: ${shareText(point) ?? 'no share'} of its ceiling.`),
        12,
      ),
    };
  },
};

/** The highest share of the bandwidth among results that decode from memory. */
function titleOf(points: readonly RooflinePoint[]): string | null {
  const [best] = points
    .flatMap(({ name, phase, comparable, run, utilization }) =>
      phase === 'decode' && comparable && run.bandwidth_level === 'memory' && utilization !== null && utilization <= 1
        ? [{ name, utilization }]
        : [],
    )
    .sort((a, b) => b.utilization - a.utilization);
  return best === undefined
    ? null
    : `${best.name} decodes at ${percent(best.utilization)} of the memory bandwidth of its host`;
}

function ceilingCell({ phase, run }: RooflinePoint): Cell {
  const { bandwidth_level: level, arithmetic_numbers: numbers } = run;
  const [value, unit] =
    phase === 'decode'
      ? [run.bandwidth_ceiling_gb_s, level === null ? 'GB/s' : `GB/s (${level})`]
      : [run.arithmetic_ceiling_gflop_s, numbers === 'int8' ? 'Gop/s (int8)' : `GFLOP/s (${numbers})`];
  return shown(value, (ceiling) => `${significant(ceiling)} ${unit}`);
}
