import type { Group } from '../../data/groups.ts';
import { metricOf } from '../../data/metric.ts';
import { note, type Section, type Table } from '../document.ts';
import type { ReportInput } from '../report-input.ts';
import { groupTable, withFigures } from '../table.ts';

const metrics = [
  metricOf('engine_start_ms'),
  { ...metricOf('framework_import_ms'), title: 'Import' },
  { ...metricOf('tokenizer_load_ms'), title: 'Tokenizer' },
  metricOf('model_load_ms'),
  metricOf('jit_compilation_ms'),
  metricOf('warmup_ms'),
  { ...metricOf('ttft_cold_ms'), title: 'First answer TTFT' },
];

const kernels = [
  metricOf('kernel_cache_kernels'),
  metricOf('kernel_cache_bytes'),
  metricOf('kernel_cache_hits'),
  metricOf('kernel_cache_new_kernels'),
  metricOf('jit_kernels'),
];

/** Of engines that compile kernels and count them. */
function kernelTable(groups: readonly Group[]): Table[] {
  const counting = withFigures(groups, kernels);
  return counting.length === 0
    ? []
    : [
        groupTable({
          caption: 'Kernels, as the engines count them; geometric mean over runs',
          groups: counting,
          metrics: kernels,
          intervals: false,
        }),
      ];
}

export function coldStart({ data: { groups } }: ReportInput): Section | null {
  if (groups.length === 0) return null;
  return {
    id: 'cold-start',
    title: 'Cold start',
    blocks: [
      groupTable({
        caption: 'From nothing to the first answer, geometric mean over runs',
        groups,
        metrics,
        intervals: false,
      }),
      ...kernelTable(groups),
      note('These are never mixed into the warm figures above. Every run starts a fresh engine process.'),
    ],
  };
}
