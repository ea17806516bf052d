import { groupTable, withFigures } from '../../charts/group-table.ts';
import type { Group } from '../../data/groups.ts';
import { metricOf } from '../../data/metric.ts';
import { chartBlocks } from '../chart-blocks.ts';
import { note, type Section, type Table } from '../document.ts';
import type { ReportInput } from '../report-input.ts';

const metrics = [
  { ...metricOf('model_bytes'), title: 'Model file' },
  { ...metricOf('baseline_rss_bytes'), title: 'Baseline' },
  { ...metricOf('loaded_rss_bytes'), title: 'After load' },
  { ...metricOf('peak_rss_bytes'), title: 'Peak' },
  { ...metricOf('model_memory_bytes'), title: 'Growth over load' },
  { ...metricOf('device_memory_bytes'), title: 'On the device' },
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
        }. "On the device" is the framework's own figure for weights, KV cache and buffers. Decimal units: 1 GB is 10^9 bytes.`,
      ),
      ...sharingTable(groups),
      ...chartBlocks(input, 'memory_throughput'),
      ...chartBlocks(input, 'param_throughput'),
    ],
  };
}
