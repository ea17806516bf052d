/** GuideLLM's report (JSON) in the layouts of 0.1, 0.2 to 0.3, 0.4, 0.5 to 0.6 and 0.7 to 0.8. */
import { z } from 'zod';
import { foreignLimits, loggedTextLimits } from '../../../../scripts/command-line/files/input-limits.ts';
import type { ForeignCell } from '../../../../scripts/log/foreign-file.ts';
import { guidellm as definitions } from '../../../definitions/tools/guidellm.ts';
import type { Content } from '../../content.ts';
import { fitting, Malformed } from '../../malformed.ts';
import type { ForeignRead, ForeignTool } from '../../tool.ts';
import { benchmarkCell } from './benchmark.ts';
import { firstLayoutCells } from './first-layout.ts';

const text = z.string().max(loggedTextLimits.path);

const reportSchema = z.looseObject({
  metadata: z
    .looseObject({ guidellm_version: text, python_version: text.optional(), platform: text.optional() })
    .optional(),
  benchmarks: z.array(z.unknown()).min(1).max(foreignLimits.cells),
});

export const guidellm: ForeignTool = {
  name: 'guidellm',
  title: definitions.title,
  formats: 'JSON of 0.1 to 0.8',
  recognises: (content) => {
    const [benchmark] = reportIn(content)?.benchmarks ?? [];
    return typeof benchmark === 'object' && benchmark !== null && layoutOf(benchmark) !== undefined;
  },
  read: (content) => {
    if (content.kind !== 'json') throw new Malformed(null, 'it is no JSON');
    return read(fitting(reportSchema, content.value, null));
  },
};

function reportIn(content: Content): { benchmarks: readonly unknown[] } | undefined {
  if (content.kind !== 'json') return undefined;
  const { value } = content;
  if (typeof value !== 'object' || value === null || !('benchmarks' in value)) return undefined;
  return Array.isArray(value.benchmarks) ? { benchmarks: value.benchmarks } : undefined;
}

/** By its parts: before 0.5 the report did not name its version. */
function layoutOf(benchmark: object): 'first' | 'args' | 'config' | undefined {
  if ('benchmarks' in benchmark) return 'first';
  if (!('metrics' in benchmark) && !('requests' in benchmark)) return undefined;
  if ('args' in benchmark) return 'args';
  return 'config' in benchmark ? 'config' : undefined;
}

function read(report: z.infer<typeof reportSchema>): ForeignRead {
  const host: ForeignCell['host'] = {
    ...(report.metadata?.platform === undefined ? {} : { platform: report.metadata.platform }),
    ...(report.metadata?.python_version === undefined ? {} : { python_version: report.metadata.python_version }),
  };
  const toolVersion = report.metadata?.guidellm_version ?? null;
  const layouts = new Set<string>();
  const cells = report.benchmarks.flatMap((benchmark, i) => {
    const place = `benchmarks.${i}`;
    const layout = typeof benchmark === 'object' && benchmark !== null ? layoutOf(benchmark) : undefined;
    switch (layout) {
      case 'first':
        layouts.add('0.1');
        return firstLayoutCells(benchmark, place);
      case 'args':
        layouts.add('0.2 to 0.3');
        return [benchmarkCell(benchmark, place, host, '0.2.0')];
      case 'config':
        layouts.add(configLayout(report));
        // The oldest with this layout names no version.
        return [benchmarkCell(benchmark, place, host, toolVersion ?? '0.4.0')];
      case undefined:
        throw new Malformed(place, 'it has none of the parts of a benchmark: config or args, metrics, requests');
      default:
        return layout satisfies never;
    }
  });
  return { toolVersion, layout: [...layouts].join(', '), cells };
}

function configLayout(report: z.infer<typeof reportSchema>): string {
  if (report.metadata === undefined) return '0.4';
  return 'config' in report ? '0.7 to 0.8' : '0.5 to 0.6';
}
