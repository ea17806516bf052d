import { groupBy } from '../../../collate/analysis/group-by.ts';
import type { AccuracyRow } from '../../../collate/tables/columns/accuracy.ts';
import type { LoadRow } from '../../../collate/tables/columns/load.ts';
import type { RunRow } from '../../../collate/tables/columns/runs.ts';
import { note, type Section, text } from '../document.ts';
import type { ReportInput } from '../report-input.ts';

/** More lines than this are of no use to a reader; the raw logs have every command line. */
const mostLines = 12;

export function reproduce({ data }: ReportInput): Section {
  const stages = new Map(data.load.map((row) => [row.uuid, row]));
  const loadOf = ({ uuid }: RunRow) => stages.get(uuid);
  const isParity = (run: RunRow) => run.workload === 'parity';
  const checked = groupBy(data.runs.filter(isParity), (run) => [run.size, run.seed]);
  const measured = groupBy(
    data.runs.filter((run) => !isParity(run)),
    (run) => [
      run.framework,
      run.size,
      run.quantize_asked,
      run.workload,
      ...settingsAsked(run),
      loadOf(run)?.load ?? null,
    ],
  );
  const lines = [
    ...new Set([
      ...checked.map(parityCommandOf),
      ...measured.map(([run]) => commandOf(run, loadOf(run), tasksOf(run, data.accuracy))),
    ]),
  ];
  return {
    id: 'reproduce',
    title: 'How to reproduce this',
    blocks: [
      text('One run of each kind, then the tables, the charts and this report:'),
      {
        kind: 'commands',
        lines: [...lines.slice(0, mostLines), 'npx tsx collate/all.ts', 'npx tsx plots/generate.ts'],
      },
      note(
        `${
          lines.length > mostLines ? `${lines.length - mostLines} more kinds of run are left out here. ` : ''
        }The header of every raw log has the exact command line of its run. The same tables give the same report, byte for byte.`,
      ),
    ],
  };
}

function settingsAsked({ precision_asked, compile_asked, device_count, shard }: RunRow) {
  return [precision_asked, compile_asked, device_count, shard];
}

/**
 * @param load a stage of it, where the run is a load test
 * @param tasks that it answered, where it is an accuracy run
 */
function commandOf(run: RunRow, load: LoadRow | undefined, tasks: readonly AccuracyRow[]): string {
  const options = [
    // A device of this name is somebody's server, and its name is its address.
    ['--url', run.device === 'server' ? `http://${run.device_name}` : null],
    ['--size', run.size],
    ['--quantize', run.quantize_asked],
    ['--precision', run.precision_asked === 'auto' ? null : run.precision_asked],
    ['--device-count', run.device_count === 1 ? null : run.device_count],
    ['--shard', run.device_count === 1 ? null : run.shard],
    ['--seed', run.seed],
    ['--max-tokens', run.workload === 'kernel' ? null : run.max_tokens],
    ['--workload', run.workload === 'kernel' ? run.workload : null],
    ...(load === undefined ? [] : loadOptions(load)),
    ...taskOptions(tasks),
  ] as const;
  return [
    'npx tsx',
    ...(run.workload === 'accuracy'
      ? ['scripts/verifiers-sweep.ts', ...wordsOf([['--frameworks', run.framework], ...options])]
      : run.workload === 'pool'
        ? ['scripts/resource-pool-benchmark.ts', ...wordsOf([['--framework', run.framework], ...options])]
        : [shellWord(`scripts/${run.framework}-benchmark.ts`), ...wordsOf(options)]),
    ...(run.compile_asked === true ? ['--compile'] : []),
    ...(run.synthetic === true ? ['--synthetic'] : []),
  ].join(' ');
}

function tasksOf({ uuid, workload }: RunRow, accuracy: readonly AccuracyRow[]): AccuracyRow[] {
  return workload === 'accuracy' ? accuracy.filter((row) => row.uuid === uuid && row.measure === 'task') : [];
}

/** A task from a file is named `jsonl:` and the file. */
function taskOptions(rows: readonly AccuracyRow[]) {
  if (rows.length === 0) return [];
  const names = rows.map(({ task }) => task ?? '');
  const tasks = names.filter((name) => !name.startsWith('jsonl:'));
  return [
    ['--tasks', tasks.length === 0 ? null : tasks.join(',')],
    ...names.filter((name) => !tasks.includes(name)).map((name) => ['--data', name.slice('jsonl:'.length)] as const),
    ['--items', Math.max(...rows.map((row) => row.items_asked ?? 0))],
  ] as const;
}

function loadOptions(row: LoadRow) {
  const limits = [
    ['ttft', row.slo_ttft_ms],
    ['tpot', row.slo_tpot_ms],
    ['e2e', row.slo_e2e_ms],
  ] as const;
  const slo = limits.flatMap(([name, limitMs]) => (limitMs === null ? [] : `${name}=${limitMs}`));
  return [
    ['--load', row.load],
    ['--load-seconds', row.load_seconds],
    ['--request-timeout', row.request_timeout_s],
    ['--slo', slo.length === 0 ? null : slo.join(',')],
  ] as const;
}

/** One command checks several frameworks and formats. */
function parityCommandOf(runs: readonly [RunRow, ...RunRow[]]): string {
  const listOf = (values: ReadonlyArray<string | null>) =>
    [...new Set(values.filter((value) => value !== null))].sort().join(',');
  const others = runs.filter((run) => run.parity_is_reference !== true);
  const checked = others.length === 0 ? runs : others;
  const [run] = runs;
  return [
    'npx tsx scripts/parity.ts',
    ...wordsOf([
      ['--frameworks', listOf(checked.map(({ framework }) => framework))],
      ['--size', run.size],
      ['--quantize', listOf(checked.map(({ quantize_asked }) => quantize_asked))],
      ['--seed', run.seed],
    ]),
    ...(run.synthetic === true ? ['--synthetic'] : []),
  ].join(' ');
}

function wordsOf(options: ReadonlyArray<readonly [name: string, value: string | number | null]>): string[] {
  return options.flatMap(([name, value]) => (value === null ? [] : [name, shellWord(String(value))]));
}

/** A value with anything unusual in it is quoted, so that the line can be pasted. */
function shellWord(value: string): string {
  return /^[\w.,:/+=-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}
