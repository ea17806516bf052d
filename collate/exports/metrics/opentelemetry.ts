/**
 * OpenTelemetry metrics as OTLP's JSON, for a file or for a collector over HTTP. Figures of runs are gauges; latencies of answers
 * are histograms under the names of the GenAI conventions. The histograms are cumulative from the start of their session, so that
 * the same export sent twice counts nothing twice. Source: opentelemetry-proto 1.x, metrics.proto; OTLP, "JSON Protobuf Encoding".
 */
import packageJson from '../../../package.json' with { type: 'json' };
import { printable } from '../../../scripts/command-line/printable-text.ts';
import { groupBy } from '../../analysis/group-by.ts';
import type { ExportFormat, MeasuredRuns } from '../format.ts';
import { type RunCell, runCells } from '../run-cells.ts';
import { type GenAiSeries, genAiConventions, genAiMetrics, genAiSeries } from './gen-ai.ts';
import { gateFamilies, type MetricFamily, runFamilies } from './metric-families.ts';

export const opentelemetry: ExportFormat = {
  name: 'opentelemetry',
  help: 'OTLP metrics in JSON: a file, or a collector over HTTP; latencies also under the GenAI names of client and server',
  ofRuns: async ({ output, runs }: MeasuredRuns) => {
    const cells = runCells(runs);
    return text(runFamilies(cells), await genAiSeries(output, cells), Date.now());
  },
  ofGate: (report) => text(gateFamilies(report), [], Date.now()),
  upload: {
    method: 'POST',
    contentType: 'application/json',
    path: '/v1/metrics',
    headersVariable: 'OTEL_EXPORTER_OTLP_HEADERS',
  },
};

const cumulative = 2;

interface OfHost {
  hostname: string;
  scope: object;
}

/** @param nowMs for what has no instant of its own */
function text(families: readonly MetricFamily[], series: readonly GenAiSeries[], nowMs: number): string {
  const scopes = [...gaugeScopes(families, nowMs), ...histogramScopes(series)];
  const resourceMetrics = groupBy(scopes, ({ hostname }) => [hostname]).map((ofHost) => ({
    resource: {
      attributes: attributes({
        'service.name': packageJson.name,
        'service.version': packageJson.version,
        'host.name': ofHost[0].hostname,
      }),
    },
    scopeMetrics: ofHost.map(({ scope }) => scope),
  }));
  return `${JSON.stringify({ resourceMetrics }, null, 2)}\n`;
}

function gaugeScopes(families: readonly MetricFamily[], nowMs: number): OfHost[] {
  const points = families.flatMap((family) => family.points.map((point) => ({ family, point })));
  return groupBy(points, ({ point }) => [point.hostname]).map((ofHost) => ({
    hostname: ofHost[0].point.hostname,
    scope: {
      scope: { name: packageJson.name, version: packageJson.version },
      metrics: groupBy(ofHost, ({ family }) => [family.name]).map((members) => {
        const [{ family }] = members;
        return {
          name: `tokenlap.${family.name}`,
          description: family.help,
          unit: family.unit,
          gauge: {
            dataPoints: members.map(({ point }) => ({
              timeUnixNano: nanoseconds(point.atMs ?? nowMs),
              asDouble: point.value,
              attributes: attributes(point.labels),
            })),
          },
        };
      }),
    },
  }));
}

/** A scope a side, which names the version of the conventions. */
function histogramScopes(series: readonly GenAiSeries[]): OfHost[] {
  return groupBy(series, ({ cell, metric }) => [cell.newest.hostname, metric.side]).map((ofSide) => ({
    hostname: ofSide[0].cell.newest.hostname ?? '',
    scope: {
      scope: {
        name: `${packageJson.name}.gen_ai.${ofSide[0].metric.side}`,
        version: packageJson.version,
        attributes: attributes({
          'tokenlap.conventions.name': genAiConventions.name,
          'tokenlap.conventions.version': genAiConventions.version,
        }),
      },
      metrics: genAiMetrics.flatMap((metric) => {
        const members = ofSide.filter((one) => one.metric === metric);
        const { name, description } = metric;
        const dataPoints = members.map(histogramPoint);
        const histogram = { aggregationTemporality: cumulative, dataPoints };
        return members.length === 0 ? [] : [{ name, description, unit: 's', histogram }];
      }),
    },
  }));
}

function histogramPoint({ cell, histogram }: GenAiSeries): object {
  const { bounds, counts, count, sum, min, max } = histogram;
  const [startMs, endMs] = spanMs(cell);
  return {
    startTimeUnixNano: nanoseconds(startMs),
    timeUnixNano: nanoseconds(endMs),
    count: String(count),
    sum,
    min,
    max,
    bucketCounts: counts.map(String),
    explicitBounds: bounds,
    attributes: attributes({
      // Answers to questions in a model's own template.
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': cell.newest.framework ?? '',
      'gen_ai.request.model': cell.newest.model ?? '',
      'tokenlap.cell': cell.id,
      'tokenlap.quantize': cell.newest.quantize ?? '',
      'tokenlap.workload': cell.newest.workload ?? '',
      'tokenlap.framework.version': cell.newest.framework_version ?? '',
    }),
  };
}

/** From the start of the first run to the last answer of the newest, as far as the wall clock and the answers say. */
function spanMs({ runs, newest }: RunCell): [start: number, end: number] {
  const starts = runs.map(({ started_at }) => Date.parse(started_at ?? '')).filter((ms) => !Number.isNaN(ms));
  const start = Math.min(...starts);
  const end = Math.max(...starts) + (newest.total_time_ms ?? 0);
  return starts.length === 0 ? [0, 0] : [start, end];
}

/** 64 bits do not fit into a number of JSON. */
function nanoseconds(ms: number): string {
  return String(BigInt(Math.round(ms)) * 1_000_000n);
}

function attributes(values: Readonly<Record<string, string>>): Array<{ key: string; value: { stringValue: string } }> {
  return Object.entries(values)
    .filter(([, value]) => value !== '')
    .map(([key, value]) => ({ key, value: { stringValue: printable(value) } }));
}
