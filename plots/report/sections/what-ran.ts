/** What ran, on which machines, in which settings and with which models; and what did not run. */
import { frameworkTitle } from '../../../collate/analysis/framework-title.ts';
import { groupBy } from '../../../collate/analysis/group-by.ts';
import { parameterCount, significant } from '../../../scripts/command-line/format.ts';
import type { RunRow } from '../../../scripts/results/runs/runs.ts';
import type { SweepRow } from '../../../scripts/results/tables-made-anew.ts';
import { notMeasured } from '../../data/coverage.ts';
import { modelName } from '../../data/groups.ts';
import type { PlotData } from '../../data/plot-data.ts';
import { type Cell, list, type TableColumn, text } from '../document.ts';
import type { Part } from '../section.ts';
import { count, type Field, figure, left, right, tableIfAny } from '../table.ts';

/** Of a lock file: its first letters tell two apart. */
const longHash = /\b([0-9a-f]{8})[0-9a-f]{56}\b/g;

type Alike = readonly [RunRow, ...RunRow[]];

export const machines: Part = {
  id: 'machines',
  title: 'Machines, frameworks and models',
  blocks: ({ data: { runs } }) => {
    const loaded = runs.filter(({ device }) => device !== null);
    return [
      ...tableIfAny(
        'Hosts',
        groupBy(runs, (run) => [run.hostname, run.platform, run.release, run.cpu_model]),
        [
          [left('Host'), ([run]) => run.hostname],
          [left('System'), ([run]) => [run.platform, run.release].filter((part) => part !== null).join(' ')],
          [left('CPU'), ([run]) => run.cpu_model],
          [right('Cores'), ([run]) => coresCell(run)],
          [right('Memory', 'GB'), ([run]) => figure(run.memory_bytes === null ? null : run.memory_bytes / 1e9)],
          several('Devices used', (run) => run.device && `${run.device} (${run.device_name ?? 'unnamed'})`),
        ],
      ),
      ...tableIfAny(
        'Frameworks, as they report themselves',
        groupBy(runs, (run) => [run.framework, run.framework_version, run.framework_build, run.hostname]),
        [
          [left('Framework'), ([run]) => frameworkTitle(run)],
          [left('Version'), ([run]) => run.framework_version],
          [left('Build'), ([run]) => run.framework_build?.replaceAll(longHash, '$1…') ?? '–'],
          [left('Host'), ([run]) => run.hostname],
          several('Threads', (run) => run.threads),
        ],
      ),
      ...tableIfAny(
        'Settings in effect, read back from the frameworks or declared by them; –: unknown',
        groupBy(loaded, (run) => [run.framework, run.hostname, run.quantize]),
        [
          [left('Framework'), ([run]) => frameworkTitle(run)],
          [left('Host'), ([run]) => run.hostname],
          [left('Quantisation'), ([run]) => run.quantize],
          several('Activations', (run) => run.activations),
          several('KV type', (run) => run.kv_type),
          several('Flash attention', (run) => run.flash_attention),
          several('Idle threads', ({ spinning }) => (spinning === null ? null : spinning ? 'spin' : 'do not spin')),
          several('CPUs', (run) => run.cpu_affinity),
          several('Build type', (run) => run.build_type),
          several('CPU variant', (run) => run.cpu_variant),
        ],
      ),
      ...tableIfAny(
        'Models',
        groupBy(runs, (run) => [run.model, run.quantize, run.model_sha256]),
        [
          [left('Model'), ([run]) => modelName({ model: run.model ?? '–', synthetic: run.synthetic === true })],
          [left('Source'), ([run]) => run.model_source ?? '–'],
          [right('Parameters'), ([run]) => known(run.parameters, parameterCount)],
          [left('Quantisation'), ([run]) => run.quantize ?? '–'],
          [right('Bits per weight', 'bit'), ([run]) => figure(run.bits_per_weight)],
          [right('Size', 'MB'), ([run]) => known(run.model_bytes === null ? null : run.model_bytes / 1e6, significant)],
          [left('sha256, first 12 digits'), ([run]) => run.model_sha256?.slice(0, 12) ?? '–'],
        ],
      ),
    ];
  },
};

/** A column of all the values that the runs of a row have. */
function several(title: string, of: (run: RunRow) => string | number | null): Field<Alike> {
  const values = (runs: Alike) => [...new Set(runs.flatMap((run) => of(run) ?? []))].map(String).sort().join(', ');
  return [left(title), (runs) => values(runs) || '–'];
}

function known(value: number | null, show: (value: number) => string): Cell | string {
  return value === null ? '–' : { text: show(value), value };
}

/** The cores, with those that the runs might use where a container or the scheduler gave them fewer. */
function coresCell({ physical_cores: cores, usable_cores: usable, usable_cores_bound_by: by }: RunRow): Cell | string {
  if (cores === null) return '–';
  return usable === null || usable >= cores ? count(cores) : { ...count(cores), text: `${usable} of ${cores} (${by})` };
}

export const didNotRun: Part = {
  id: 'did-not-run',
  title: 'What did not run',
  blocks: ({ data: { runs, notRun, cellsWithoutRun, madeUpFor, groups, titleOf } }) => {
    const cellFields = cellFieldsOf(titleOf);
    const remedies = new Set(
      notRun.flatMap((run) => (run.remedy === null ? [] : `${frameworkTitle(run)}: ${run.remedy}`)),
    );
    const blocks = [
      ...tableIfAny(`${notRun.length} of ${runs.length} runs did not complete`, notRun, [
        [left('Framework'), (run) => frameworkTitle(run)],
        [left('Model'), (run) => run.model ?? run.size],
        [left('Quantisation'), (run) => run.quantize ?? run.quantize_asked],
        [left('Host'), (run) => run.hostname],
        [left('Device'), (run) => run.device ?? '–'],
        [left('Outcome'), (run) => (run.workload === 'qa' ? run.status : `${run.status} (${run.workload})`)],
        [
          left('Reason'),
          (run) => run.error ?? (run.status === 'killed' ? 'the log has no closing line' : 'no reason in the log'),
        ],
        [left('Raw log'), (run) => run.log],
      ]),
      ...list([...remedies], 'Remedies that the runs suggested:'),
      ...tableIfAny(
        `${cellsWithoutRun.length} cells of sweeps were not run`,
        // One row for the cells of one kind and reason.
        groupBy(cellsWithoutRun, (row) => cellFields.map(([, of]) => of(row))),
        [
          ...cellFields.map(([column, of]): Field<readonly [SweepRow, ...SweepRow[]]> => [column, ([row]) => of(row)]),
          [left('Cells'), (alike) => String(alike.length)],
        ],
      ),
      ...(madeUpFor.length === 0
        ? []
        : [
            text(
              `${madeUpFor.length} ${madeUpFor.length === 1 ? 'run of a sweep was' : 'runs of sweeps were'} interrupted; another run completed the same cell.`,
            ),
          ]),
      ...tableIfAny(
        'Not measured, though the framework ran the same model on the same device',
        notMeasured(groups, notRun),
        [
          [left('Framework'), (hole) => titleOf(hole.framework)],
          [left('Model'), (hole) => hole.model],
          [left('Weight class'), (hole) => hole.weightClass],
          [left('Host'), (hole) => hole.hostname],
          [left('Device'), (hole) => hole.device],
        ],
      ),
    ];
    return blocks.length > 0 ? blocks : [text(allDone(runs.length))];
  },
};

/** A log that cannot be read is in no table: nothing is said of runs that nobody knows. */
function allDone(runs: number): string {
  const unread = 'collate/all.ts lists the logs that could not be read.';
  return `${runs === 0 ? 'No run is in the tables' : 'Every run in the tables was completed'}. ${unread}`;
}

const cellFieldsOf = (
  titleOf: PlotData['titleOf'],
): ReadonlyArray<readonly [TableColumn, (row: SweepRow) => string | null]> => [
  [left('Sweep'), (row) => row.sweep],
  [left('Framework'), (row) => titleOf(row.framework)],
  [left('Model'), (row) => row.size ?? 'default'],
  [left('Quantisation'), (row) => row.quantize_asked],
  [left('Workload'), (row) => row.workload],
  [left('Host'), (row) => row.hostname],
  [left('Status'), (row) => row.status],
  [left('Reason'), (row) => (row.remedy === null ? row.reason : `${row.reason}. ${row.remedy}`)],
];
