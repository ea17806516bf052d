/** Workloads that measure the engine without questions, kernel and embedding: their rates have tables of their own. */

import { frameworkTitle } from '../../../collate/analysis/framework-title.ts';
import { groupRuns, type Group as MeasuredGroup } from '../../../collate/analysis/groups.ts';
import { differingSettings } from '../../../collate/analysis/measurement.ts';
import { significant } from '../../../scripts/command-line/format.ts';
import type { RunRow } from '../../../scripts/results/runs/runs.ts';
import { mean } from '../../../scripts/statistics/statistics.ts';
import { markBehind, modelName } from '../../data/groups.ts';
import { metricOf, summaryOf } from '../../data/metric.ts';
import { note } from '../document.ts';
import { chartBlocks, type Part } from '../section.ts';
import { count, type Field, figure, left, right, shown, tableIfAny, withoutConstants } from '../table.ts';

/** Numbers that compare with llama-bench's; they have a table of their own and never meet the question workload's. */
export const kernelWorkload: Part = {
  id: 'kernel-workload',
  title: 'Kernel workload (pp and tg)',
  blocks(input) {
    const groups = groupsOf('kernel', input.data.runs);
    if (groups.length === 0) return [];
    return [
      ...tableIfAny('Rates of the kernel workload, geometric mean over runs', groups, [
        ...fieldsOf(groups, [...['nPrompt', 'nGen', 'depth'].map((name) => `requested.${name}`), threadsField]),
        [left('Test'), testOf],
        [right('Threads'), ({ key }) => figure(key.threads)],
        [right('Runs'), ({ runs }) => count(runs.length)],
        [right('pp rate', 'tokens/s'), centerOf('pp_tokens_per_s')],
        [right('± within a run', 'tokens/s'), deviationOf('pp_stddev_tokens_per_s')],
        [right('tg rate', 'tokens/s'), centerOf('tg_tokens_per_s')],
        [right('± within a run', 'tokens/s'), deviationOf('tg_stddev_tokens_per_s')],
      ]).map(withoutConstants),
      note(
        'Random token ids, no sampling, as in llama-bench. ± is the standard deviation over repetitions. Not comparable with the end-to-end rates of this report.',
      ),
      ...(groups.some(choosesToken)
        ? [
            note(
              'With token selection: that engine cannot omit it from a step, so its rates are lower bounds of what llama-bench measures.',
            ),
          ]
        : []),
      ...chartBlocks(input, 'length_scaling', 'batch_scaling'),
    ];
  },
};

/** Rates of embedded tokens have a table of their own: nothing is generated, so they compare with no other rate. */
export const embeddingWorkload: Part = {
  id: 'embedding-workload',
  title: 'Embedding workload',
  blocks({ data }) {
    const groups = groupsOf('embedding', data.runs);
    if (groups.length === 0) return [];
    return [
      ...tableIfAny('Rates of the embedding workload, geometric mean over runs', groups, [
        ...fieldsOf(groups),
        [right('Texts a batch'), ({ key }) => figure(key.embed_batch_texts)],
        [right('Threads'), ({ key }) => figure(key.threads)],
        [right('Runs'), ({ runs }) => count(runs.length)],
        [right('Embedding rate', 'tokens/s'), centerOf('embed_tokens_per_s')],
        [right('Texts embedded', 'texts/s'), centerOf('embed_texts_per_s')],
        [right('Batch', 'ms'), centerOf('embed_batch_ms')],
        [right('Cold batch', 'ms'), centerOf('embed_batch_cold_ms')],
      ]).map(withoutConstants),
      note(
        'One vector per text, pooled as the model defines it. Tokens per second are timed from tokens to vectors, texts per second and batches from texts to vectors. Not comparable with rates of generated tokens.',
      ),
    ];
  },
};

const threadsField = 'effective.settings.threads';

const groupsOf = (workload: string, runs: readonly RunRow[]) =>
  groupRuns(runs).filter(({ key }) => key.workload === workload);

/** Where, what and by whom. @param silent settings that have columns of their own */
function fieldsOf(groups: readonly MeasuredGroup[], silent: readonly string[] = []): Array<Field<MeasuredGroup>> {
  const keys = groups.map(({ key }) => key);
  const mark = ({ key, parity }: MeasuredGroup) => markBehind({ comparable: key.comparable !== false, parity });
  return [
    [left('Host'), ({ key }) => key.hostname],
    [left('Device'), ({ key }) => key.device],
    [
      left('Model'),
      ({ key, runs }) => modelName({ model: key.model ?? '', synthetic: runs.some((run) => run.synthetic === true) }),
    ],
    [left('Quantisation'), ({ key }) => key.quantize],
    [
      left('Framework'),
      (group) =>
        [frameworkTitle(group.runs[0] ?? group.key), ...differingSettings(group.key, keys, silent)].join(' · ') +
        mark(group),
    ],
  ];
}

function testOf(group: MeasuredGroup): string {
  const { n_prompt: prompt, n_gen: generated, depth } = group.key;
  const selection = choosesToken(group) ? ', with token selection' : '';
  return `pp${prompt ?? '?'}, tg${generated ?? '?'}${depth ? ` at depth ${depth}` : ''}${selection}`;
}

const choosesToken = ({ runs }: MeasuredGroup) => runs.some((run) => run.kernel_chooses_token === true);

const centerOf =
  (column: Parameters<typeof metricOf>[0]) =>
  ({ runs }: MeasuredGroup) =>
    figure(summaryOf(runs, metricOf(column))?.center ?? null);

const deviationOf =
  (column: 'pp_stddev_tokens_per_s' | 'tg_stddev_tokens_per_s') =>
  ({ runs }: MeasuredGroup) => {
    const deviations = runs.flatMap((run) => run[column] ?? []);
    return deviations.length === 0 ? '–' : shown(mean(deviations), significant);
  };
