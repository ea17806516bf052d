/** What a run takes besides time: memory and bandwidth, energy, and the way from nothing to the first answer. */
import { frameworkTitle } from '../../../collate/analysis/framework-title.ts';
import type { RunRow } from '../../../scripts/results/runs/runs.ts';
import type { Group } from '../../data/groups.ts';
import { type Metric, metricOf, samplesOf } from '../../data/metric.ts';
import { type Block, note, type Table } from '../document.ts';
import { chartBlocks, ofQuestions, type Part } from '../section.ts';
import { groupTable } from '../table.ts';

const memoryMetrics = [
  { ...metricOf('model_bytes'), title: 'Model file' },
  { ...metricOf('device_memory_bytes'), title: 'On the device' },
  { ...metricOf('baseline_rss_bytes'), title: 'At start' },
  { ...metricOf('import_growth_bytes'), title: '+ import' },
  { ...metricOf('model_memory_bytes'), title: '+ model' },
  { ...metricOf('loaded_rss_bytes'), title: '= after load' },
  { ...metricOf('peak_rss_bytes'), title: 'Peak' },
];

/** Figures of engines that are made of two libraries. */
const sharing = [metricOf('shared_bytes'), metricOf('copied_bytes'), metricOf('fallback_tokens')];

const energyMetrics = [
  { ...metricOf('joules_per_token_decode'), title: 'Decoded token' },
  { ...metricOf('joules_per_token_prefill'), title: 'Prompt token' },
  { ...metricOf('gross_joules_per_token_decode'), title: 'Decoded token, with rest' },
  { ...metricOf('gross_joules_per_token_prefill'), title: 'Prompt token, with rest' },
  metricOf('idle_watts'),
];

const startMetrics = [
  metricOf('engine_start_ms'),
  { ...metricOf('framework_import_ms'), title: 'Import' },
  { ...metricOf('tokenizer_load_ms'), title: 'Tokenizer' },
  metricOf('model_load_ms'),
  metricOf('jit_compilation_ms'),
  metricOf('kernel_search_ms'),
  metricOf('warmup_ms'),
  { ...metricOf('ttft_cold_ms'), title: 'First answer TTFT' },
];

/** Figures of engines that compile kernels and count them. */
const kernels = [
  metricOf('kernel_cache_kernels'),
  metricOf('kernel_cache_bytes'),
  metricOf('kernel_cache_hits'),
  metricOf('kernel_cache_new_kernels'),
  metricOf('jit_kernels'),
];

export const memory = ofQuestions('memory', 'Memory and bandwidth', (input) => {
  const { groups, runs } = input.data;
  const meters = different(runs.map((run) => run.memory_meter));
  return [
    means('Memory, geometric mean over runs', groups, memoryMetrics),
    note(
      `Process figures are those of the engine's process tree alone${
        meters.length === 0 ? '' : `, read from ${meters.join(', ')}`
      }. "On the device" is the framework's own figure for weights, KV cache and buffers. At start + import + model = after load; a part is negative where memory was given back. Decimal units: 1 GB is 10^9 bytes.`,
    ),
    ...separateTokenizers(runs),
    ...chartBlocks(input, 'memory_over_time'),
    ...meansIfCounted(
      'What the two libraries of an engine share and copy, as counted by the engine; geometric mean over runs',
      groups,
      sharing,
    ),
    ...chartBlocks(input, 'memory_throughput', 'param_throughput'),
  ];
});

/** The memory of a separate tokenizer process is not the engine's own, and not nothing either. */
function separateTokenizers(runs: readonly RunRow[]): Block[] {
  const frameworks = different(runs.map((run) => (run.tokenizer_rss_bytes === null ? null : frameworkTitle(run))));
  if (frameworks.length === 0) return [];
  return [
    note(
      `${frameworks.join(', ')} ${frameworks.length === 1 ? 'has no tokenizer of its own' : 'have no tokenizers of their own'}: a second process provides one. Its memory is not in the figures of the engine but beside them, as the dashed line, "Tokenizer process" and "Peak with tokenizer"; other engines have their tokenizer in the same process.`,
    ),
  ];
}

export const energy: Part = {
  id: 'energy',
  title: 'Energy',
  blocks: ({ data: { groups, runs } }) => {
    const table = meansIfCounted('Energy per token, geometric mean over runs', groups, energyMetrics);
    if (table.length === 0) return [];
    const meters = different(runs.map((run) => run.energy_meter));
    const errors = runs.flatMap((run) => [run.energy_error_decode ?? [], run.energy_error_prefill ?? []].flat());
    const most =
      errors.length === 0 ? '' : ` The sampling may be off by ${(Math.max(...errors) * 100).toFixed(1)} % at most.`;
    return [
      ...table,
      note(
        `Meter: ${meters.join('; ')}. The power at rest, measured for some seconds before the engine starts, is subtracted; "with rest" includes it.${most} Different meters cover different parts of a machine, so their figures do not compare.`,
      ),
    ];
  },
};

export const coldStart = ofQuestions('cold-start', 'Cold start', ({ data: { groups } }) => [
  means('From the start of the engine to the first answer, geometric mean over runs', groups, startMetrics),
  ...meansIfCounted('Kernels, as counted by the engines; geometric mean over runs', groups, kernels),
  note('Cold figures are never mixed into the warm ones above. Every run starts a fresh engine process.'),
]);

function different(values: ReadonlyArray<string | null>): string[] {
  return [...new Set(values.flatMap((value) => value ?? []))].sort();
}

function means(caption: string, groups: readonly Group[], metrics: readonly Metric[]): Table {
  return groupTable({ caption, groups, metrics, intervals: false });
}

/** The members that have one of these figures; no table where none has. */
function meansIfCounted(caption: string, groups: readonly Group[], metrics: readonly Metric[]): Table[] {
  const counting = groups
    .map((group) => ({
      ...group,
      members: group.members.filter(({ runs }) => metrics.some((metric) => samplesOf(runs, metric).length > 0)),
    }))
    .filter(({ members }) => members.length > 0);
  return counting.length === 0 ? [] : [means(caption, counting, metrics)];
}
