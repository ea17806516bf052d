import { metricOf } from '../../data/metric.ts';
import { note, type Section } from '../document.ts';
import type { ReportInput } from '../report-input.ts';
import { groupTable, withFigures } from '../table.ts';

const metrics = [
  { ...metricOf('joules_per_token_decode'), title: 'Decoded token' },
  { ...metricOf('joules_per_token_prefill'), title: 'Prompt token' },
  { ...metricOf('gross_joules_per_token_decode'), title: 'Decoded token, with rest' },
  { ...metricOf('gross_joules_per_token_prefill'), title: 'Prompt token, with rest' },
  metricOf('idle_watts'),
];

/** Only where a meter was read. */
export function energy({ data: { groups, runs } }: ReportInput): Section | null {
  const measured = withFigures(groups, metrics);
  if (measured.length === 0) return null;
  const meters = [...new Set(runs.flatMap((run) => run.energy_meter ?? []))].sort();
  const errors = runs.flatMap((run) => [run.energy_error_decode ?? [], run.energy_error_prefill ?? []].flat());
  const most =
    errors.length === 0 ? '' : ` The sampling may be off by ${(Math.max(...errors) * 100).toFixed(1)} % at most.`;
  return {
    id: 'energy',
    title: 'Energy',
    blocks: [
      groupTable({
        caption: 'Energy per token, geometric mean over runs',
        groups: measured,
        metrics,
        intervals: false,
      }),
      note(
        `Meter: ${meters.join('; ')}. What the machine takes at rest, watched for some seconds before the engine starts, is subtracted; "with rest" is the whole.${most} Different meters see different parts of a machine and are not to be compared.`,
      ),
    ],
  };
}
