/**
 * Prometheus' text format, version 0.0.4: for the textfile collector of the node exporter, or a Pushgateway. Without instants,
 * which the textfile collector refuses. Source: prometheus.io/docs/instrumenting/exposition_formats.
 */
import { printable } from '../../../scripts/command-line/printable-text.ts';
import type { ExportFormat } from '../format.ts';
import { runCells } from '../run-cells.ts';
import { gateFamilies, type MetricFamily, type MetricPoint, runFamilies } from './metric-families.ts';

export const prometheus: ExportFormat = {
  name: 'prometheus',
  help: 'Prometheus text: a .prom file for the textfile collector, or a Pushgateway',
  ofRuns: ({ runs }) => text(runFamilies(runCells(runs))),
  ofGate: (report) => text(gateFamilies(report)),
  upload: { method: 'PUT', contentType: 'text/plain; version=0.0.4; charset=utf-8', path: '/metrics/job/tokenlap' },
};

function text(families: readonly MetricFamily[]): string {
  return families.map(familyText).join('');
}

function familyText({ name, help, points }: MetricFamily): string {
  const full = `tokenlap_${name}`;
  return [
    `# HELP ${full} ${escapeHelp(help)}`,
    `# TYPE ${full} gauge`,
    ...points.map((point) => `${full}${labelText(point)} ${numberText(point.value)}`),
    '',
  ].join('\n');
}

function labelText({ labels }: MetricPoint): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escapeLabel(value: string): string {
  return printable(value).replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function escapeHelp(value: string): string {
  return printable(value).replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  return Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : '-Inf';
}
