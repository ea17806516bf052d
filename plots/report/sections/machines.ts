import { groupBy } from '../../../collate/analysis/group-by.ts';
import { parameterCount, significant } from '../../../scripts/command-line/format.ts';
import type { RunRow } from '../../../scripts/results/runs/runs.ts';
import { modelName } from '../../data/groups.ts';
import type { Cell, Section } from '../document.ts';
import type { ReportInput } from '../section.ts';
import { count, figure, left, right, words } from '../table.ts';

export function machines({ data: { runs } }: ReportInput): Section | null {
  if (runs.length === 0) return null;
  const listOf = (values: ReadonlyArray<string | number | null>) => {
    const known = [...new Set(values.filter((value) => value !== null))].map(String);
    return words(known.length === 0 ? '–' : known.toSorted().join(', '));
  };
  return {
    id: 'machines',
    title: 'Machines, frameworks and models',
    blocks: [
      {
        kind: 'table',
        caption: 'Hosts',
        columns: [
          left('Host'),
          left('System'),
          left('CPU'),
          right('Cores'),
          right('Memory', 'GB'),
          left('Devices used'),
        ],
        rows: groupBy(runs, (run) => [run.hostname, run.platform, run.release, run.cpu_model]).map((ofHost) => [
          words(ofHost[0].hostname),
          words([ofHost[0].platform, ofHost[0].release].filter((part) => part !== null).join(' ')),
          words(ofHost[0].cpu_model),
          coresCell(ofHost[0]),
          figure(ofHost[0].memory_bytes === null ? null : ofHost[0].memory_bytes / 1e9),
          listOf(ofHost.map((run) => (run.device === null ? null : `${run.device} (${run.device_name ?? 'unnamed'})`))),
        ]),
      },
      {
        kind: 'table',
        caption: 'Frameworks, as they said of themselves',
        columns: ['Framework', 'Version', 'Build', 'Host', 'Threads'].map(left),
        rows: groupBy(runs, (run) => [run.framework, run.framework_version, run.framework_build, run.hostname]).map(
          (same) => [
            words(same[0].framework),
            words(same[0].framework_version),
            words(same[0].framework_build ?? '–'),
            words(same[0].hostname),
            listOf(same.map((run) => run.threads)),
          ],
        ),
      },
      {
        kind: 'table',
        caption: 'What frameworks computed with, read back from them or as they declare it; a dash: not known',
        columns: [
          ...['Framework', 'Host', 'Quantisation', 'Activations', 'KV type', 'Flash attention', 'Idle threads'],
          ...['CPUs', 'Build type', 'CPU variant'],
        ].map(left),
        rows: groupBy(
          runs.filter(({ device }) => device !== null),
          (run) => [run.framework, run.hostname, run.quantize],
        ).map((same) => [
          words(same[0].framework),
          words(same[0].hostname),
          words(same[0].quantize),
          listOf(same.map((run) => run.activations)),
          listOf(same.map((run) => run.kv_type)),
          listOf(same.map((run) => run.flash_attention)),
          listOf(same.map((run) => (run.spinning === null ? null : run.spinning ? 'spin' : 'do not spin'))),
          listOf(same.map((run) => run.cpu_affinity)),
          listOf(same.map((run) => run.build_type)),
          listOf(same.map((run) => run.cpu_variant)),
        ]),
      },
      {
        kind: 'table',
        caption: 'Models',
        columns: [
          left('Model'),
          left('Source'),
          right('Parameters'),
          left('Quantisation'),
          right('Bits per weight', 'bit'),
          right('Size', 'MB'),
          left('sha256, first 12 digits'),
        ],
        rows: groupBy(runs, (run) => [run.model, run.quantize, run.model_sha256]).map(([run]) => [
          words(modelName({ model: run.model ?? '–', synthetic: run.synthetic === true })),
          words(run.model_source ?? '–'),
          run.parameters === null ? words('–') : { text: parameterCount(run.parameters), value: run.parameters },
          words(run.quantize ?? '–'),
          figure(run.bits_per_weight),
          run.model_bytes === null
            ? words('–')
            : { text: significant(run.model_bytes / 1e6), value: run.model_bytes / 1e6 },
          words(run.model_sha256 === null ? '–' : run.model_sha256.slice(0, 12)),
        ]),
      },
    ],
  };
}

/** With those that the runs might use, where a container or the scheduler gave them fewer. */
function coresCell({ physical_cores: cores, usable_cores: usable, usable_cores_bound_by: by }: RunRow): Cell {
  if (cores === null) return words('–');
  return usable === null || usable >= cores ? count(cores) : { ...count(cores), text: `${usable} of ${cores} (${by})` };
}
