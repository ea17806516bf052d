/** How close each framework comes to what its host can do: the roofline. */
import { nextCommands } from '../data/next-commands.ts';
import { type RooflinePanel, type RooflinePoint, rooflinePanels } from '../data/roofline.ts';
import { panelStack, panelWidth } from '../panels/panel.ts';
import { boundBefore, percent, rooflinePanel, rooflineScale, shareText } from '../panels/roofline-panel.ts';
import type { Cell } from '../report/document.ts';
import { count, figure, left, right, withoutConstants, words } from '../report/table.ts';
import { moreLines } from './captions/scope.ts';
import type { Chart } from './chart.ts';

const mostPanels = 4;
/** Labels and title of the vertical axis. */
const axisWidth = 62;

export const roofline: Chart = {
  name: 'roofline',
  question: 'How close does each framework come to what the machine can do?',
  draw(data) {
    const panels = rooflinePanels(data.runs, data.hardware);
    const points = panels.flatMap((panel) => panel.points);
    if (points.length === 0) {
      const sentence = 'No run has a hardware benchmark of its host within a day.';
      return { kind: 'gap', sentence, command: nextCommands(data).hardware };
    }
    const [best] = decodingByMbu(points);
    const shown = panels.slice(0, mostPanels);
    const scale = rooflineScale(shown);
    return {
      kind: 'picture',
      title:
        best === undefined
          ? null
          : `${best.name} decodes at ${percent(best.utilization ?? 0)} of the memory bandwidth of its host`,
      subtitle: [
        ...(panels.length === 1 ? panels.map(panelName) : []),
        'Lines: ceilings measured on the host. Points: geometric means over runs.',
        'Circles: decoding, with its share of the bandwidth (MBU). Squares: the prompt, with its share of the arithmetic (MFU).',
        'The ceilings were measured with as many threads. Arithmetic: 2 × active parameters × tokens per second. Hollow: not comparable.',
        ...moreLines(panels.length - mostPanels, 'panel'),
      ],
      spec: panelStack(
        shown.map((panel) => ({
          title: panels.length === 1 ? '' : panelName(panel),
          cells: [rooflinePanel(panel, scale, panelWidth(1) - axisWidth)],
        })),
      ),
      table: withoutConstants({
        kind: 'table',
        caption: 'Shares of the measured ceilings, geometric means over runs',
        columns: [
          left('Host'),
          left('Device'),
          right('Threads'),
          left('Workload'),
          left('Framework'),
          left('Phase'),
          right('Runs'),
          right('Intensity', 'FLOP/byte'),
          right('Arithmetic', 'GFLOP/s'),
          right('Ceiling'),
          right('Share'),
          left('Bound by'),
          left('Flags'),
        ],
        rows: panels.flatMap((panel) => panel.points.map((point) => rowOf(panel, point))),
      }),
      alt: `Roofline, arithmetic over arithmetic per byte, both logarithmic. ${points
        .slice(0, 12)
        .map((point) => `${point.name} ${point.phase}: ${shareText(point) ?? 'no share'} of its ceiling.`)
        .join(' ')}`,
    };
  },
};

function rowOf(panel: RooflinePanel, point: RooflinePoint): Cell[] {
  return [
    words(panel.hostname),
    words(panel.device),
    panel.threads === null ? words('–') : count(panel.threads),
    words(workloadName(panel)),
    words(point.name),
    words(point.phase),
    count(point.runs),
    figure(point.flopPerByte),
    { ...figure(point.gigaflops), text: `${boundBefore(point)}${figure(point.gigaflops).text}` },
    ceilingCell(point),
    { text: shareText(point) ?? '–', value: point.utilization },
    words(point.bound ?? '–'),
    words(point.flags.map((flag) => flag.replaceAll('_', ' ')).join(', ') || '–'),
  ];
}

/** Decoding whose working set is in memory, highest share first. */
function decodingByMbu(points: readonly RooflinePoint[]): RooflinePoint[] {
  return points
    .filter(
      ({ phase, comparable, run, utilization }) =>
        phase === 'decode' &&
        comparable &&
        run.bandwidth_level === 'memory' &&
        utilization !== null &&
        utilization <= 1,
    )
    .sort((a, b) => (b.utilization ?? 0) - (a.utilization ?? 0));
}

export function panelName(panel: RooflinePanel): string {
  const parts = [panel.hostname, panel.device, threadsName(panel), workloadName(panel), panel.weightClass];
  return parts.filter((part) => part !== null).join(' · ');
}

function threadsName({ threads }: RooflinePanel): string | null {
  if (threads === null) return null;
  return threads === 1 ? 'one thread' : `${threads} threads`;
}

function workloadName({ workload }: RooflinePanel): string {
  return workload === 'kernel' ? 'kernel workload' : workload === 'qa' ? 'questions' : workload;
}

function ceilingCell({ phase, run }: RooflinePoint): Cell {
  const [value, unit] =
    phase === 'decode'
      ? [run.bandwidth_ceiling_gb_s, run.bandwidth_level === null ? 'GB/s' : `GB/s (${run.bandwidth_level})`]
      : [
          run.arithmetic_ceiling_gflop_s,
          run.arithmetic_numbers === 'int8' ? 'Gop/s (int8)' : `GFLOP/s (${run.arithmetic_numbers})`,
        ];
  return value === null ? { text: '–', value } : { text: `${figure(value).text} ${unit}`, value };
}
