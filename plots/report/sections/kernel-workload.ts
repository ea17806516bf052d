import type { RunRow } from '../../../collate/tables/columns.ts';
import { significant } from '../../../scripts/command-line/format.ts';
import { mean } from '../../../scripts/measure/statistics.ts';
import { count, figure, left, right, withoutConstants, words } from '../../charts/group-table.ts';
import { bucket, modelName } from '../../data/groups.ts';
import { metricOf, summaryOf } from '../../data/metric.ts';
import { type Cell, note, type Section } from '../document.ts';
import type { ReportInput } from '../report-input.ts';

/** Numbers that compare with llama-bench's; they have a table of their own and never meet the question workload's. */
export function kernelWorkload({ data: { kernelRuns } }: ReportInput): Section | null {
  if (kernelRuns.length === 0) return null;
  const rows = bucket(kernelRuns, (run) => [
    run.hostname,
    run.device,
    run.model,
    run.quantize,
    run.framework,
    run.n_prompt,
    run.n_gen,
    run.depth,
    run.threads,
    run.comparable,
  ]).map((runs) => {
    const [run] = runs;
    return [
      words(run.hostname),
      words(run.device),
      words(modelName({ model: run.model ?? '', synthetic: run.synthetic === true })),
      words(run.quantize),
      words(`${run.framework}${run.comparable === false ? ' (not comparable)' : ''}`),
      words(`pp${run.n_prompt ?? '?'}, tg${run.n_gen ?? '?'}${run.depth ? ` at depth ${run.depth}` : ''}`),
      figure(run.threads),
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
        caption: 'Rates of the kernel workload, mean over runs',
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
        'Random token ids, no sampling, as llama-bench does it. ± is the standard deviation over repetitions. Not comparable with the end-to-end rates of this report.',
      ),
    ],
  };
}

function rateCells(runs: readonly RunRow[], test: 'pp' | 'tg'): Cell[] {
  const rate = summaryOf(runs, metricOf(`${test}_tokens_per_s`));
  const deviations = runs.flatMap((run) => run[`${test}_stddev_tokens_per_s`] ?? []);
  const deviation = deviations.length === 0 ? null : mean(deviations);
  return [
    figure(rate?.mean ?? null),
    deviation === null ? words('–') : { text: significant(deviation), value: deviation },
  ];
}
