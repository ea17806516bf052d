/** Columns of the list of runs: names as people write them, units people read, and what each is sorted by. */

import { frameworkTitle } from '../../../collate/analysis/framework-title.ts';
import { bytes, figureText } from '../../../scripts/command-line/format.ts';
import { type RunRow, runColumns } from '../../../scripts/results/runs/runs.ts';

export interface RunColumn {
  readonly name: string;
  readonly title: string;
  readonly align: 'left' | 'right';
  /** Pixels. */
  readonly width: number;
  readonly text: (run: RunRow) => string;
  /** Null stands last, whichever way it is sorted. */
  readonly key: (run: RunRow) => string | number | null;
}

const words = (name: string, title: string, width: number, of: (run: RunRow) => string | null): RunColumn => ({
  ...{ name, title, width, align: 'left', key: of },
  text: (run) => of(run) ?? '–',
});

type FigureName =
  | 'decode_tokens_per_s'
  | 'prefill_tokens_per_s'
  | 'ttft_ms'
  | 'e2e_mean_ms'
  | 'tg_tokens_per_s'
  | 'pp_tokens_per_s'
  | 'embed_tokens_per_s'
  | 'peak_rss_bytes';

function figure(name: FigureName): RunColumn {
  const { title, unit } = runColumns.find((column) => column.name === name) ?? { title: name, unit: '' };
  return {
    ...{ name, title, width: 132, align: 'right', key: (run) => run[name] },
    text: (run) => {
      const value = run[name];
      if (value === null) return '–';
      return unit === 'B' ? bytes(value) : figureText(value, unit);
    },
  };
}

export const runNameWidth = 158;

const columns: readonly RunColumn[] = [
  words('started_at', 'Started (UTC)', 164, ({ started_at: at }) => (at ?? '').slice(0, 16).replace('T', ' ')),
  words('framework', 'Framework', 150, frameworkTitle),
  words('model', 'Model', 170, ({ model }) => model),
  words('quantize', 'Quantisation', 126, ({ quantize }) => quantize),
  words('hostname', 'Host', 110, ({ hostname }) => hostname),
  words('device', 'Device', 78, ({ device }) => device),
  words('workload', 'Workload', 96, ({ workload }) => workload),
  words('status', 'Status', 98, ({ status }) => status),
  ...(['decode_tokens_per_s', 'ttft_ms', 'prefill_tokens_per_s', 'e2e_mean_ms'] as const).map(figure),
  ...(['tg_tokens_per_s', 'pp_tokens_per_s', 'embed_tokens_per_s', 'peak_rss_bytes'] as const).map(figure),
];

/** Columns that tell something: a figure that no run has is left out. */
export function columnsFor(runs: readonly RunRow[]): readonly RunColumn[] {
  return columns.filter(({ align, key }) => align === 'left' || runs.some((run) => key(run) !== null));
}

export function sortedRuns(runs: readonly RunRow[], { key }: Pick<RunColumn, 'key'>, descending: boolean): RunRow[] {
  const keyed = runs.map((run) => ({ run, value: key(run) }));
  const sign = descending ? -1 : 1;
  keyed.sort(({ value: a }, { value: b }) => {
    if (a === b) return 0;
    if (a === null) return 1;
    if (b === null) return -1;
    return sign * (a < b ? -1 : 1);
  });
  return keyed.map(({ run }) => run);
}
