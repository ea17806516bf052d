/** Workloads that measure the engine without questions, kernel and embedding: their rates have tables of their own. */

import { groupRuns } from '../../../collate/analysis/groups.ts';
import { differingSettings } from '../../../collate/analysis/measurement.ts';
import { significant } from '../../../scripts/command-line/format.ts';
import type { RunRow } from '../../../scripts/results/runs/runs.ts';
import { mean } from '../../../scripts/statistics/statistics.ts';
import { markBehind, modelName } from '../../data/groups.ts';
import { metricOf, summaryOf } from '../../data/metric.ts';
import { type Cell, note, type Section } from '../document.ts';
import { chartBlocks, type ReportInput } from '../section.ts';
import { count, figure, left, right, withoutConstants, words } from '../table.ts';

/** Numbers that compare with llama-bench's; they have a table of their own and never meet the question workload's. */
export function kernelWorkload(input: ReportInput): Section | null {
  const { data } = input;
  const groups = groupRuns(data.runs).filter(({ key }) => key.workload === 'kernel');
  if (groups.length === 0) return null;
  const keys = groups.map(({ key }) => key);
  const silent = [...['nPrompt', 'nGen', 'depth'].map((name) => `requested.${name}`), 'effective.settings.threads'];
  const rows = groups.map(({ key, runs, parity }) => {
    const synthetic = runs.some((run) => run.synthetic === true);
    const mark = markBehind({ comparable: key.comparable !== false, parity });
    return [
      words(key.hostname),
      words(key.device),
      words(modelName({ model: key.model ?? '', synthetic })),
      words(key.quantize),
      words([key.framework, ...differingSettings(key, keys, silent)].join(' · ') + mark),
      words(
        `pp${key.n_prompt ?? '?'}, tg${key.n_gen ?? '?'}${key.depth ? ` at depth ${key.depth}` : ''}${choosesToken(runs) ? ', with token selection' : ''}`,
      ),
      figure(key.threads),
      count(runs.length),
      ...rateCells(runs, 'pp'),
      ...rateCells(runs, 'tg'),
    ];
  });
  return {
    id: 'kernel-workload',
    title: 'Kernel workload (pp and tg)',
    blocks: [
      withoutConstants({
        kind: 'table',
        caption: 'Rates of the kernel workload, geometric mean over runs',
        columns: [
          left('Host'),
          left('Device'),
          left('Model'),
          left('Quantisation'),
          left('Framework'),
          left('Test'),
          right('Threads'),
          right('Runs'),
          right('pp rate', 'tokens/s'),
          right('± within a run', 'tokens/s'),
          right('tg rate', 'tokens/s'),
          right('± within a run', 'tokens/s'),
        ],
        rows,
      }),
      note(
        'Random token ids, no sampling, as in llama-bench. ± is the standard deviation over repetitions. Not comparable with the end-to-end rates of this report.',
      ),
      ...(groups.some(({ runs }) => choosesToken(runs))
        ? [
            note(
              'With token selection: that engine cannot omit it from a step, so its rates are lower bounds of what llama-bench measures.',
            ),
          ]
        : []),
      ...chartBlocks(input, 'length_scaling'),
      ...chartBlocks(input, 'batch_scaling'),
    ],
  };
}

function choosesToken(runs: readonly RunRow[]): boolean {
  return runs.some((run) => run.kernel_chooses_token === true);
}

function rateCells(runs: readonly RunRow[], test: 'pp' | 'tg'): Cell[] {
  const rate = summaryOf(runs, metricOf(`${test}_tokens_per_s`));
  const deviations = runs.flatMap((run) => run[`${test}_stddev_tokens_per_s`] ?? []);
  const deviation = deviations.length === 0 ? null : mean(deviations);
  return [
    figure(rate?.center ?? null),
    deviation === null ? words('–') : { text: significant(deviation), value: deviation },
  ];
}

/** Rates of embedded tokens have a table of their own: nothing is generated, so they compare with no other rate. */
export function embeddingWorkload({ data }: ReportInput): Section | null {
  const groups = groupRuns(data.runs).filter(({ key }) => key.workload === 'embedding');
  if (groups.length === 0) return null;
  const keys = groups.map(({ key }) => key);
  const rows = groups.map(({ key, runs }) => {
    const synthetic = runs.some((run) => run.synthetic === true);
    const mean = (column: Parameters<typeof metricOf>[0]) => figure(summaryOf(runs, metricOf(column))?.center ?? null);
    return [
      words(key.hostname),
      words(key.device),
      words(modelName({ model: key.model ?? '', synthetic })),
      words(key.quantize),
      words([key.framework, ...differingSettings(key, keys)].join(' · ')),
      figure(key.embed_batch_texts),
      figure(key.threads),
      count(runs.length),
      mean('embed_tokens_per_s'),
      mean('embed_texts_per_s'),
      mean('embed_batch_ms'),
      mean('embed_batch_cold_ms'),
    ];
  });
  return {
    id: 'embedding-workload',
    title: 'Embedding workload',
    blocks: [
      withoutConstants({
        kind: 'table',
        caption: 'Rates of the embedding workload, geometric mean over runs',
        columns: [
          ...[left('Host'), left('Device'), left('Model'), left('Quantisation'), left('Framework')],
          ...[right('Texts a batch'), right('Threads'), right('Runs')],
          ...[right('Embedding rate', 'tokens/s'), right('Texts embedded', 'texts/s')],
          ...[right('Batch', 'ms'), right('Cold batch', 'ms')],
        ],
        rows,
      }),
      note(
        'One vector per text, pooled as the model defines it. Tokens per second are timed from tokens to vectors, texts per second and batches from texts to vectors. Not comparable with rates of generated tokens.',
      ),
    ],
  };
}
