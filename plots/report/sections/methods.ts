/** How the figures are made, and how to measure them again. */
import { askedValues, commandText } from '../../../collate/analysis/asked-command.ts';
import { groupBy } from '../../../collate/analysis/group-by.ts';
import { scriptLine } from '../../../scripts/command-line/shell-line.ts';
import { isMeasuring } from '../../../scripts/log/repeating-command.ts';
import { type RunRow, runColumns } from '../../../scripts/results/runs/runs.ts';
import type { ColumnFacts } from '../../../scripts/results/table.ts';
import { roundsOf } from '../../data/next-commands.ts';
import { commands, list, note, text } from '../document.ts';
import type { Part } from '../section.ts';
import { left, tableOf } from '../table.ts';

const explained = [
  'ttft_ms',
  'tpot_ms',
  'decode_tokens_per_s',
  'prefill_tokens_per_s',
  'e2e_mean_ms',
  'e2e_tokens_per_s',
  'itl_p95_ms',
  'itl_p99_ms',
  'param_throughput_gb_s',
  'memory_throughput_gb_s',
  'bandwidth_ceiling_gb_s',
  'mbu',
  'arithmetic_ceiling_gflop_s',
  'mfu',
  'peak_rss_bytes',
  'model_memory_bytes',
  'device_memory_bytes',
  'model_load_ms',
  'warmup_ms',
  'ttft_cold_ms',
  'pp_tokens_per_s',
  'tg_tokens_per_s',
  'resident_bits_per_weight',
  'others_cpu_cores',
  'steal_cores',
  'drift',
  'joules_per_token_decode',
  'joules_per_token_prefill',
  'parity_equal_tokens',
  'parity_divergence_gap',
  'parity_top1_agreement',
  'parity_kl_mean',
  'parity_kl_max',
];

const rules = [
  't0: just before the request enters the framework. t1: the first token. tn: the last token. n: generated tokens, end-of-sequence not counted. One monotonic clock.',
  'A run is a fresh process. Statistics are over runs, never over the tokens of one run as if they were independent. Only warm answers count; the cold one is reported apart.',
  "A bar is the geometric mean over runs; its 95 % interval is Student's t over the logarithms, and needs at least three runs. No interval depends on a seed.",
  'Ratios are of geometric means, so a rate and its time per token give the same ratio. Runs of one session are compared within its rounds: the logarithms of the ratios, one a round, under the paired t test; from fifteen rounds on the Hodges-Lehmann estimate with the signed-rank test.',
  'Results are compared within one host, device, model and weight class. Nothing is pooled across them.',
  'Parity before speed: a framework is ranked when its parity run passed, the one of the same session or else the latest with the same version, model file and settings. Where there is none, the hashes of the outputs have to be equal.',
  '"Faster" needs all of: at least six rounds, the interval of the ratio excludes 1, p corrected by Holm is below 0.01, and the ratio is further from 1 than 2 % and than the noise of the machine (A/A).',
  'Percentiles are R-7 and shown only with five samples beyond them. The latency chart reads them from a histogram with buckets 0.2 % wide, so they are within 0.1 % of the exact ones.',
];

/** The formulas come from the list of columns, so that the report cannot explain a number differently from the table. */
export const methods: Part = {
  id: 'methods',
  title: 'How the numbers are made',
  blocks: ({ data: { runs } }) => {
    const used = runColumns.filter(({ name }) => explained.includes(name) && runs.some((run) => run[name] !== null));
    return [
      ...list(rules),
      tableOf<ColumnFacts>('Formulas', used, [
        [left('Figure'), ({ title }) => title],
        [left('Column'), ({ name }) => name],
        [left('Unit'), ({ unit }) => unit],
        [left('Formula'), ({ formula }) => formula],
      ]),
    ];
  },
};

/** More lines than this are of no use to a reader; the raw logs have every command line. */
const mostLines = 12;

export const reproduce: Part = {
  id: 'reproduce',
  title: 'How to reproduce this',
  blocks: ({ data: { runs, output } }) => {
    const lines = measuringCommands(runs, output);
    const more = lines.length - mostLines;
    return [
      text('What was measured, each session and each kind of run, then the tables, the charts and this report:'),
      commands(
        ...lines.slice(0, mostLines),
        scriptLine('collate/all.ts', output),
        scriptLine('plots/generate.ts', output),
      ),
      note(
        `${more > 0 ? `${more} more kinds of run are left out here. ` : ''}Options that are left out have their defaults. The header of every raw log has the exact command line of its run. The same tables give the same report, byte for byte.`,
      ),
    ];
  },
};

/** Commands that measure these runs again, one a session and kind of run. */
export function measuringCommands(runs: readonly RunRow[], output: string): string[] {
  const hasShares = runs.some(({ hardware_uuid: uuid }) => uuid !== null);
  return [
    // Shares of ceilings are relative to what it measured.
    ...(hasShares ? [scriptLine('scripts/hardware-benchmark.ts', output)] : []),
    ...new Set(together(runs).map((ofOneCommand) => commandOf(ofOneCommand, output))),
  ];
}

const comparison = 'scripts/benchmark.ts';

/** The runs that one command makes: those of a session by one script, and each other run by itself. */
function together(runs: readonly RunRow[]): Array<readonly [RunRow, ...RunRow[]]> {
  const compared = new Set(runs.filter(({ script }) => script === comparison).map(({ session }) => session));
  const wanted = runs.filter(
    ({ script, session, workload, parity_is_reference: isReference }) =>
      isMeasuring(script) &&
      // A comparison checks parity by itself; a reference is run with whatever is compared with it.
      !(workload === 'parity' && (isReference === true || compared.has(session))),
  );
  return groupBy(wanted, ({ script, session, asked_options }) => [script, session ?? asked_options]);
}

function commandOf(runs: readonly [RunRow, ...RunRow[]], output: string): string {
  const [{ script }] = runs;
  const values = askedValues(runs);
  // A session may have been given a time and not a number; with --until the number is the fewest.
  const rounds = script === comparison && values.until === undefined ? roundsOf(runs) : values.iterations;
  return commandText(script ?? '', { ...values, iterations: rounds }, output);
}
