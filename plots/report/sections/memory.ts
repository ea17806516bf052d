import type { RunRow } from '../../../collate/tables/columns/runs.ts';
import type { Group } from '../../data/groups.ts';
import { metricOf } from '../../data/metric.ts';
import { chartBlocks } from '../chart-blocks.ts';
import { type Block, note, type Section, type Table } from '../document.ts';
import type { ReportInput } from '../report-input.ts';
import { groupTable, withFigures } from '../table.ts';

const metrics = [
  { ...metricOf('model_bytes'), title: 'Model file' },
  { ...metricOf('device_memory_bytes'), title: 'On the device' },
  { ...metricOf('baseline_rss_bytes'), title: 'At start' },
  { ...metricOf('import_growth_bytes'), title: '+ import' },
  { ...metricOf('model_memory_bytes'), title: '+ model' },
  { ...metricOf('loaded_rss_bytes'), title: '= after load' },
  { ...metricOf('peak_rss_bytes'), title: 'Peak' },
];

const sharing = [metricOf('shared_bytes'), metricOf('copied_bytes'), metricOf('fallback_tokens')];

/** Of engines that are made of two libraries. */
function sharingTable(groups: readonly Group[]): Table[] {
  const counting = withFigures(groups, sharing);
  return counting.length === 0
    ? []
    : [
        groupTable({
          caption: 'What two libraries of one engine share and copy, as it counts itself; geometric mean over runs',
          groups: counting,
          metrics: sharing,
          intervals: false,
        }),
      ];
}

/** Not the engine's own memory, and not nothing either. */
function lentTokenizer(runs: readonly RunRow[]): Block[] {
  const lent = runs.filter(({ tokenizer_rss_bytes }) => tokenizer_rss_bytes !== null);
  if (lent.length === 0) return [];
  const frameworks = [...new Set(lent.flatMap(({ framework }) => framework ?? []))].sort();
  return [
    note(
      `${frameworks.join(', ')} ${frameworks.length === 1 ? 'has' : 'have'} no tokenizer inside: a second process lends one. Its memory is not in the figures of the engine but stands beside them, as the dashed line, "Lent tokenizer" and "Peak with it"; other engines hold their tokenizer in the same process.`,
    ),
  ];
}

export function memory(input: ReportInput): Section | null {
  const { groups, runs } = input.data;
  if (groups.length === 0) return null;
  const meters = [...new Set(runs.flatMap((run) => run.memory_meter ?? []))].sort();
  return {
    id: 'memory',
    title: 'Memory and bandwidth',
    blocks: [
      groupTable({ caption: 'Memory, geometric mean over runs', groups, metrics, intervals: false }),
      note(
        `Process figures are those of the engine's process tree alone${
          meters.length === 0 ? '' : `, read from ${meters.join(', ')}`
        }. "On the device" is the framework's own figure for weights, KV cache and buffers. At start + import + model = after load; a part is negative where memory was given back. Decimal units: 1 GB is 10^9 bytes.`,
      ),
      ...lentTokenizer(runs),
      ...chartBlocks(input, 'memory_over_time'),
      ...sharingTable(groups),
      ...chartBlocks(input, 'memory_throughput'),
      ...chartBlocks(input, 'param_throughput'),
    ],
  };
}
