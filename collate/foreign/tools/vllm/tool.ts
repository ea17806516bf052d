/** vLLM's benchmarks: `serve` (benchmark_serving.py), `latency` and `throughput`, of every version. */
import { vllm as definitions } from '../../../definitions/tools/vllm.ts';
import type { Content } from '../../content.ts';
import { Malformed } from '../../malformed.ts';
import type { ForeignTool } from '../../tool.ts';
import { isLatency, isThroughput, latencyCell, throughputCell } from './offline.ts';
import { isServe, serveCell } from './serve.ts';

const layouts = [
  { name: 'serve', recognises: isServe, cell: serveCell },
  { name: 'latency', recognises: isLatency, cell: latencyCell },
  { name: 'throughput', recognises: isThroughput, cell: throughputCell },
] as const;

export const vllm: ForeignTool = {
  name: 'vllm',
  title: definitions.title,
  formats:
    'JSON of `vllm bench serve`, `latency` and `throughput`, and of benchmark_serving.py, _latency.py and _throughput.py',
  recognises: (content) => documentsOf(content).some(({ value }) => layoutOf(value) !== undefined),
  read: (content) => {
    const documents = documentsOf(content);
    const read = documents.map(({ value, place }) => {
      const layout = layoutOf(value);
      if (layout === undefined) throw new Malformed(place, 'it is no result of serve, latency or throughput');
      return { name: layout.name, cell: layout.cell(value, place) };
    });
    const names = [...new Set(read.map(({ name }) => name))];
    if (read.length === 0) throw new Malformed(null, 'it is no result of serve, latency or throughput');
    // The version is in none of them.
    return { toolVersion: null, layout: names.join(', '), cells: read.map(({ cell }) => cell) };
  },
};

/** `--append-result` writes one document below the other. */
function documentsOf(content: Content): Array<{ value: unknown; place: string | null }> {
  switch (content.kind) {
    case 'json':
      return [{ value: content.value, place: null }];
    case 'json lines':
      return content.lines.map(({ line, value }) => ({ value, place: `line ${line}` }));
    case 'text':
      return [];
    default:
      return content satisfies never;
  }
}

function layoutOf(value: unknown): (typeof layouts)[number] | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return layouts.find(({ recognises }) => recognises(value));
}
