/**
 * The options of one cell of a sweep: the scripts' own, in camelCase. This is the one list of axes; the sweep file, its JSON
 * Schema and the page in docs/ follow it.
 */
import { z } from 'zod';
import { precisions, shardAxes } from '../../frameworks/messages.ts';
import { defaultQuantization, engineQuantizations, portableQuantizations } from '../../models/quantization.ts';
import { defaults } from '../../run/run-plan.ts';

const whole = (least: number, most = 2 ** 31 - 1) => z.int().min(least).max(most);
const quantizations = [...portableQuantizations, ...engineQuantizations];

/** How many answers are asked for at a time, and for how long. */
const secondsOfConcurrency = 5;

export const cellOptionsSchema = z.strictObject({
  framework: z.string().describe('framework by name'),
  size: z.string().optional().describe('size of a known model: tiny (embedded, the default), 15M, 135M, 1B, ...'),
  algorithm: z.string().optional().describe('family where a size has several: llama, qwen2, qwen3, gemma3, gpt2, ...'),
  model: z.string().optional().describe('a GGUF file of your own, or the id of a known model, instead of size'),
  quantize: z.enum(quantizations).default(defaultQuantization).describe('format of the weights'),
  synthetic: z.boolean().default(false).describe('random weights in the exact shape of the model'),
  seed: whole(0).default(defaults.seed).describe('orders the questions, samples, makes synthetic weights'),

  threads: whole(1, 1024).optional().describe('threads for computing (default: the cores that may be used)'),
  device: z.string().default(defaults.device).describe('auto, cpu, or a device of the framework'),
  gpuLayers: z
    .union([z.enum(['auto', 'max']), whole(0)])
    .default(defaults.gpuLayers)
    .describe('layers on the GPU: auto, max or a number'),
  context: whole(16).optional().describe('context, prompt and answer together (default: what the workload needs)'),
  batch: whole(1).default(defaults.batchTokens).describe('prompt tokens evaluated at once'),
  flashAttention: z.enum(['auto', 'on', 'off']).default(defaults.flashAttention).describe('flash attention'),
  kvType: z.string().default(defaults.kvType).describe('format of the KV cache: auto, f16, f32, q8_0, ...'),
  precision: z
    .enum(['auto', ...precisions])
    .default(defaults.precision)
    .describe('convert the weights at load'),
  compile: z.boolean().default(false).describe('compile the model, where the framework can'),
  deviceCount: whole(1, 64).default(defaults.deviceCount).describe('devices to spread the model over'),
  shard: z.enum(shardAxes).default(defaults.shard).describe('along what it is spread'),

  workload: z
    .enum(['qa', 'kernel', 'embedding'])
    .default('qa')
    .describe('questions, end to end; the pp and tg tests of llama-bench; or texts made into vectors'),
  questions: z.string().optional().describe('question file (default: configs/questions.json)'),
  maxTokens: whole(1).default(defaults.maxTokens).describe('most tokens per answer'),
  temperature: z.number().nonnegative().default(defaults.temperature).describe('sampling temperature; 0 is greedy'),
  ignoreEos: z.boolean().default(false).describe('generate exactly maxTokens tokens, whatever comes'),
  warmup: z
    .union([z.literal('auto'), whole(0)])
    .default('auto')
    .describe('warm-up answers; auto: until no trend is left'),
  minSeconds: z
    .number()
    .nonnegative()
    .optional()
    .describe(
      `measured decoding of a run: rounds of the questions follow until it is reached (default: ${defaults.minSeconds})`,
    ),
  nPrompt: whole(1).default(defaults.kernel.nPrompt).describe('kernel: tokens of the pp test'),
  nGen: whole(1).default(defaults.kernel.nGen).describe('kernel: tokens of the tg test'),
  depth: whole(0).default(defaults.kernel.depth).describe('kernel: tokens in the KV cache beforehand'),
  repetitions: whole(1).default(defaults.kernel.repetitions).describe('kernel: measured repetitions of each test'),
  embedBatch: whole(1).default(defaults.embedding.batchTexts).describe('embedding: texts at a time'),
  concurrency: whole(1, 256)
    .optional()
    .describe('answers at a time: clients of a server, sequences of one engine, or engine processes'),
  seconds: whole(1, 3600).default(secondsOfConcurrency).describe('concurrency: how long clients ask'),
});

/** With every default filled in. */
export type CellOptions = z.infer<typeof cellOptionsSchema>;
export type CellOptionName = keyof CellOptions;

export const cellOptionNames = cellOptionsSchema.keyof().options;

/** What a cell measures. */
export type CellWorkload = CellOptions['workload'] | 'concurrency';

export function workloadOf({ workload, concurrency }: Pick<CellOptions, 'workload' | 'concurrency'>): CellWorkload {
  return concurrency === undefined ? workload : 'concurrency';
}

/** Options that decide nothing unless the cell has one of these workloads. */
const onlyIn: Partial<Record<CellOptionName, readonly CellWorkload[]>> = {
  workload: ['qa', 'kernel', 'embedding'],
  questions: ['qa', 'embedding', 'concurrency'],
  maxTokens: ['qa', 'concurrency'],
  temperature: ['qa'],
  ignoreEos: ['qa'],
  warmup: ['qa', 'kernel', 'embedding'],
  minSeconds: ['qa', 'embedding'],
  nPrompt: ['kernel'],
  nGen: ['kernel'],
  depth: ['kernel'],
  repetitions: ['kernel'],
  embedBatch: ['embedding'],
  seconds: ['concurrency'],
};

/** In which cells an option decides anything; of one that does in all, none. */
export function workloadsOf(name: CellOptionName): readonly CellWorkload[] {
  return onlyIn[name] ?? [];
}

/** Whether an option decides anything in a cell: two cells that differ in others only are one. */
export function decides(name: CellOptionName, workload: CellWorkload): boolean {
  return onlyIn[name]?.includes(workload) ?? true;
}
