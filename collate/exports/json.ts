/** Runs or a gate report as JSON for programs, with what its columns mean. The schemas are what a reader may rely on. */
import { z } from 'zod';
import { runColumns } from '../../scripts/results/runs/runs.ts';
import { type GateReport, gateReportSchema } from '../regressions/gate-report.ts';
import type { ExportFormat, MeasuredRuns } from './format.ts';

const value = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/** A row has every column by its name; null where the run has no such figure. */
export const exportedRunsSchema = z.object({
  format: z.literal('tokenlap-runs'),
  version: z.literal(1),
  columns: z.array(
    z.object({ name: z.string(), type: z.string(), unit: z.string(), title: z.string(), formula: z.string() }),
  ),
  runs: z.array(z.record(z.string(), value)),
});

export const exportedGateSchema = z.object({
  format: z.literal('tokenlap-gate'),
  version: z.literal(1),
  report: gateReportSchema,
});

export const json: ExportFormat = {
  name: 'json',
  help: 'JSON with a version, and with unit and formula of every column',
  ofRuns: ({ runs }: MeasuredRuns) => {
    const columns = runColumns.map(({ name, type, unit, title, formula }) => ({ name, type, unit, title, formula }));
    return text(exportedRunsSchema.parse({ format: 'tokenlap-runs', version: 1, columns, runs }));
  },
  ofGate: (report: GateReport) => text(exportedGateSchema.parse({ format: 'tokenlap-gate', version: 1, report })),
};

function text(exported: unknown): string {
  return `${JSON.stringify(exported, null, 2)}\n`;
}
