/** Memory over the time of a run: what the import, the load and the work each take, and where the peak is. */
import { bytes } from '../../scripts/command-line/format.ts';
import { groupName, memberName, titleName } from '../data/groups.ts';
import { type MemorySeries, memorySeries } from '../data/memory.ts';
import { metricOf, summaryOf } from '../data/metric.ts';
import { memoryPanel } from '../panels/memory-panel.ts';
import { type ChartSpec, panelStack, panelsAcross, panelWidth } from '../panels/panel.ts';
import { groupTable } from '../report/table.ts';
import { type Chart, isOneLine } from './chart.ts';
import { chooseGroups, evenLayout, groupLines, moreLines } from './scope.ts';

const smallestGrowth = 0.01;
/** Pixels of the labels on the left. */
const axisWidth = 48;

const metrics = [
  { ...metricOf('load_peak_rss_bytes'), title: 'Peak of load' },
  { ...metricOf('warm_rss_bytes'), title: 'After warm-up' },
  { ...metricOf('inference_peak_rss_bytes'), title: 'Peak of inference' },
  { ...metricOf('average_rss_bytes'), title: 'Average' },
  { ...metricOf('peak_rss_bytes'), title: 'Peak' },
  { ...metricOf('tokenizer_rss_bytes'), title: 'Tokenizer process' },
  { ...metricOf('peak_with_tokenizer_bytes'), title: 'Peak with tokenizer' },
];

export const memoryOverTime: Chart = {
  name: 'memory_over_time',
  question: 'Where does the memory of a run go?',
  draw({ groups, memory }) {
    const all = memorySeries(groups, memory);
    if (all.length === 0) return null;
    // Whole groups as long as they fit, so that what is compared stands together.
    const fitting = chooseGroups(groups, evenLayout).shown;
    const shown = all.filter(({ group }) => fitting.includes(group)).slice(0, evenLayout.most);
    const inPicture = groups.filter((group) => shown.some((series) => series.group === group));
    return {
      kind: 'picture',
      title: titleOf(shown),
      subtitle: groupLines(
        { shown: inPicture, left: 0 },
        [
          "Line: resident set of the engine's processes. Diamonds: peaks of load and inference (high-water marks).",
          'Dark band: load. Light band: warm-up. White: start before them, where no peak is counted, and measured after them.',
          ...(shown.some(({ run }) => run.tokenizer_rss_bytes !== null)
            ? ['Dashed: including the process that provides the tokenizer; other engines contain theirs.']
            : []),
          ...(shown.length > 1
            ? ['Each panel has its own time axis; memory axes are the same within a host, model and weight class.']
            : []),
          ...moreLines(all.length - shown.length),
        ],
        'one run each, of several the one with the median peak',
      ),
      spec: panels(shown),
      table: groupTable({
        caption: 'Peak and average memory, geometric mean over runs',
        groups,
        metrics,
        intervals: false,
      }),
      alt: `Lines of resident memory over time, with their peaks: ${shown
        .map((series) => `${memberName(series.member)} ${peakText(series)}`)
        .join(', ')}.`,
    };
  },
};

function titleOf(shown: readonly MemorySeries[]): string | null {
  const [first] = shown;
  if (first === undefined || shown.length > 3 || shown.some(({ group }) => group !== first.group)) return null;
  const titleWith = (textOf: (series: MemorySeries) => string) =>
    `Peak memory: ${shown.map((series) => `${titleName(series.member, series.group)} ${textOf(series)}`).join('; ')}`;
  const inFull = titleWith(peakText);
  return isOneLine(inFull) ? inFull : titleWith((series) => peakOf(series).peak);
}

function panels(shown: readonly MemorySeries[]): ChartSpec {
  const across = panelsAcross(shown.length);
  const width = panelWidth(across) - axisWidth;
  const isOneGroup = new Set(shown.map(({ group }) => group)).size === 1;
  return panelStack(
    shown.map((series) => {
      const beside = shown.filter(({ group }) => group === series.group);
      const name = memberName(series.member);
      return {
        title: isOneGroup ? name : `${name} · ${groupName(series.group)}`,
        cells: [memoryPanel(series, Math.max(...beside.map(highest)), width)],
      };
    }),
    { across, titled: true },
  );
}

function highest({ points, peaks }: MemorySeries): number {
  return Math.max(
    ...points.map(({ bytes: engine, withTokenizerBytes }) => withTokenizerBytes ?? engine),
    ...peaks.map((peak) => peak.bytes),
  );
}

/** Over all runs, as in every table: the run that is drawn is one of them. */
function peakOf({ member: { runs } }: Pick<MemorySeries, 'member'>): { peak: string; where: string } {
  const [peak, load, inference] = (['peak_rss_bytes', 'load_peak_rss_bytes', 'inference_peak_rss_bytes'] as const).map(
    (name) => summaryOf(runs, metricOf(name))?.center,
  );
  if (peak === undefined) return { peak: 'unknown', where: '' };
  // What the load took already is no peak of inference for a page more.
  const inLoad = load !== undefined && inference !== undefined && load >= inference * (1 - smallestGrowth);
  const where = load === undefined || inference === undefined ? '' : inLoad ? ' in the load' : ' in inference';
  return { peak: bytes(peak), where };
}

function peakText(series: MemorySeries): string {
  const { peak, where } = peakOf(series);
  return `${peak}${where}`;
}
