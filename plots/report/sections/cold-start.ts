import { groupTable } from '../../charts/group-table.ts';
import { metricOf } from '../../data/metric.ts';
import { note, type Section } from '../document.ts';
import type { ReportInput } from '../report-input.ts';

const metrics = [
  metricOf('engine_start_ms'),
  { ...metricOf('framework_import_ms'), title: 'Import' },
  { ...metricOf('tokenizer_load_ms'), title: 'Tokenizer' },
  metricOf('model_load_ms'),
  metricOf('jit_compilation_ms'),
  metricOf('warmup_ms'),
  { ...metricOf('ttft_cold_ms'), title: 'First answer TTFT' },
];

export function coldStart({ data: { groups } }: ReportInput): Section | null {
  if (groups.length === 0) return null;
  return {
    id: 'cold-start',
    title: 'Cold start',
    blocks: [
      groupTable({ caption: 'From nothing to the first answer, mean over runs', groups, metrics, intervals: false }),
      note('These are never mixed into the warm figures above. Every run starts a fresh engine process.'),
    ],
  };
}
