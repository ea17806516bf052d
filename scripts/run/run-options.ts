/** The options of everything that measures, and what they make of a run. */
import type { Command } from '@commander-js/extra-typings';
import type { OptionValues } from 'commander';
import { addEnvironmentOptions } from '../command-line/environment-options.ts';
import { exitCodes, UserError } from '../command-line/errors.ts';
import { choice, defaultOutput, realNumber, suggesting, wholeNumber } from '../command-line/options.ts';
import { inGroup } from '../command-line/short-help.ts';
import { withSuggestion } from '../command-line/suggestion.ts';
import { pythonOptions } from '../engine/python-options.ts';
import type { EngineSettings, Framework } from '../frameworks/framework.ts';
import { precisions, shardAxes } from '../frameworks/messages.ts';
import { frameworks } from '../frameworks/registry.ts';
import { usableCores } from '../machine/facts/host.ts';
import type { ResolvedModel } from '../models/resolve.ts';
import { requireEmbeds, requireFit } from './model-fit.ts';
import { defaults, type NamedWorkload, namedWorkloads } from './run-plan.ts';

/** Settings of the engine; shared by benchmark, chat and whatever else loads a model. */
export function withEngineOptions<Args extends unknown[], Options extends OptionValues>(
  command: Command<Args, Options>,
) {
  return inGroup(command, 'Engine:', addEngineOptions);
}

function addEngineOptions<Args extends unknown[], Options extends OptionValues>(command: Command<Args, Options>) {
  addEnvironmentOptions(command, pythonOptions);
  return command
    .option(
      '--seed <n>',
      'orders the questions, samples, makes synthetic weights',
      wholeNumber(0, 2 ** 31 - 1),
      defaults.seed,
    )
    .option('--threads <n>', 'threads for computing (default: the cores that may be used)', wholeNumber(1, 1024))
    .option(
      '--device <name>',
      'auto, cpu, or a device of the framework',
      suggesting(String, knownDevices),
      defaults.device,
    )
    .option('--gpu-layers <n>', 'layers on the GPU: auto, max or a number', gpuLayers, defaults.gpuLayers)
    .option(
      '--context <tokens>',
      `context, prompt and answer together (default: ${defaults.contextTokens}, or the model's own if that is shorter)`,
      wholeNumber(16),
    )
    .option('--batch <tokens>', 'prompt tokens evaluated at once', wholeNumber(1), defaults.batchTokens)
    .option('--flash-attention <mode>', 'auto, on or off', choice('auto', 'on', 'off'), defaults.flashAttention)
    .option(
      '--kv-type <type>',
      'format of the KV cache: auto, f16, f32, q8_0, ...',
      suggesting(String, () => ['auto', 'f16', 'f32', 'q8_0']),
      defaults.kvType,
    )
    .option(
      '--precision <format>',
      'convert the weights at load: float32, bfloat16, float16, int8, nf4; auto: run the values of the file',
      choice('auto', ...precisions),
      defaults.precision,
    )
    .option('--compile', 'compile the model, where the framework can (torch.compile)', false)
    .option('--device-count <n>', 'devices to spread the model over', wholeNumber(1, 64), defaults.deviceCount)
    .option('--shard <axis>', 'along what it is spread: layers or heads', choice(...shardAxes), defaults.shard)
    .option(
      '--timeout <seconds>',
      'longest wait for one answer, for loading, for starting',
      wholeNumber(1),
      defaults.timeoutSeconds,
    );
}

/** How answers are generated. */
export function withSamplingOptions<Args extends unknown[], Options extends OptionValues>(
  command: Command<Args, Options>,
) {
  return inGroup(command, 'Workload:', addSamplingOptions);
}

function addSamplingOptions<Args extends unknown[], Options extends OptionValues>(command: Command<Args, Options>) {
  return command
    .option('--temperature <t>', 'sampling temperature; 0 is greedy', realNumber(0), defaults.temperature)
    .option('--max-tokens <n>', 'most tokens per answer', wholeNumber(1), defaults.maxTokens);
}

/** What and how much to measure. */
export function withWorkloadOptions<Args extends unknown[], Options extends OptionValues>(
  command: Command<Args, Options>,
) {
  return inGroup(command, 'Workload:', addWorkloadOptions);
}

function addWorkloadOptions<Args extends unknown[], Options extends OptionValues>(command: Command<Args, Options>) {
  return addSamplingOptions(command)
    .option(
      '--workload <name>',
      'qa (questions, end to end), kernel (llama-bench: pp and tg) or embedding (a vector for each question)',
      choice(...namedWorkloads),
      'qa',
    )
    .option('--questions <file>', 'question file (default: configs/questions.json)')
    .option('--warmup <n>', 'warm-up answers; auto: until no trend is left', autoOrNumber, 'auto')
    .option(
      '--min-seconds <s>',
      `measured decoding of a run: rounds of the questions follow until it is reached (default: ${defaults.minSeconds})`,
      realNumber(0),
    )
    .option('--no-conditions', 'do not watch the machine meanwhile: no certificate, no energy')
    .option('--ignore-eos', 'generate exactly --max-tokens tokens, whatever comes', false)
    .option(
      '--embed-batch <texts>',
      'embedding: texts handed over at once',
      wholeNumber(1),
      defaults.embedding.batchTexts,
    )
    .option('--n-prompt <tokens>', 'kernel: tokens of the pp test', wholeNumber(1), defaults.kernel.nPrompt)
    .option('--n-gen <tokens>', 'kernel: tokens of the tg test', wholeNumber(1), defaults.kernel.nGen)
    .option('--depth <tokens>', 'kernel: tokens in the KV cache beforehand', wholeNumber(0), defaults.kernel.depth)
    .option(
      '--repetitions <n>',
      'kernel: measured repetitions of each test',
      wholeNumber(1),
      defaults.kernel.repetitions,
    );
}

/** Where results go and how they are told. */
export function withOutputOptions<Args extends unknown[], Options extends OptionValues>(
  command: Command<Args, Options>,
) {
  return inGroup(command, 'Output:', addOutputOptions);
}

function addOutputOptions<Args extends unknown[], Options extends OptionValues>(command: Command<Args, Options>) {
  return command
    .option('--output <dir>', 'folder of results', defaultOutput)
    .option('--anonymize', 'write stable hashes for host and user name', false)
    .option('--json', 'print the result as JSON on standard output, and nothing else there', false);
}

export interface EngineOptionValues {
  threads?: number | undefined;
  device: string;
  gpuLayers: EngineSettings['gpuLayers'];
  context?: number | undefined;
  batch: number;
  flashAttention: EngineSettings['flashAttention'];
  kvType: string;
  precision: EngineSettings['precision'];
  compile: boolean;
  deviceCount: number;
  shard: EngineSettings['shard'];
  sequences?: number | undefined;
}

/** What is asked of the engine; absent where only answers can be meant. */
interface AskedWorkload {
  workload?: NamedWorkload | undefined;
}

/** @throws UserError for what the framework does not have: a device, a conversion, compilation, several devices or sequences */
export function requireOffered(options: EngineOptionValues & AskedWorkload, framework: Framework): void {
  const { sequences = 1 } = options;
  if (options.workload === 'embedding') requireEmbeds(framework);
  refuseUnless(
    sequences === 1 || framework.sequences,
    `${framework.title} computes one sequence at a time in an engine`,
    'Leave --sequences out; several engines work at the same time too.',
  );
  if (options.device !== 'auto' && !framework.devices.includes(options.device)) {
    const noDevice = `${framework.title} has no device "${options.device}"`;
    throw new UserError(withSuggestion(noDevice, options.device, framework.devices), {
      exitCode: exitCodes.usage,
      remedy: `Devices of ${framework.title}: auto, ${framework.devices.join(', ')}.`,
    });
  }
  refuseUnless(
    options.precision === 'auto' || framework.precisions?.includes(options.precision),
    `${framework.title} does not convert weights to ${options.precision}`,
    framework.precisions === undefined
      ? 'It runs them as the file has them: choose the file with --quantize.'
      : `It converts to ${framework.precisions.join(', ')}.`,
  );
  refuseUnless(!options.compile || framework.compiles, `${framework.title} has nothing to --compile`, 'Leave it out.');
  refuseUnless(
    options.deviceCount === 1 || framework.shards?.includes(options.shard),
    `${framework.title} does not spread ${options.shard} over ${options.deviceCount} devices`,
    framework.shards === undefined ? 'Leave --device-count out.' : `It spreads ${framework.shards.join(' or ')}.`,
  );
}

/** @throws UserError for what the framework does not have */
export async function engineSettings(
  options: EngineOptionValues & AskedWorkload,
  framework: Framework,
  model: ResolvedModel,
): Promise<EngineSettings> {
  requireOffered(options, framework);
  requireFit(framework, model.record, options.workload);
  const { sequences = 1 } = options;
  return {
    threads: options.threads ?? (await usableCores()),
    device: options.device,
    gpuLayers: options.gpuLayers,
    contextTokens: options.context ?? Math.min(defaults.contextTokens, model.record.contextLength),
    batchTokens: options.batch,
    flashAttention: options.flashAttention,
    kvType: options.kvType,
    precision: options.precision,
    compile: options.compile,
    deviceCount: options.deviceCount,
    shard: options.shard,
    ...(sequences === 1 ? {} : { sequences }),
    ...(options.workload === 'embedding' ? { embedding: true as const } : {}),
  };
}

function refuseUnless(condition: boolean | undefined, message: string, remedy: string): void {
  if (!condition) throw new UserError(message, { exitCode: exitCodes.usage, remedy });
}

function knownDevices(): string[] {
  return ['auto', ...new Set(frameworks.flatMap(({ devices }) => devices))];
}

function gpuLayers(text: string): EngineSettings['gpuLayers'] {
  return text === 'auto' || text === 'max' ? text : wholeNumber(0)(text);
}

function autoOrNumber(text: string): number | 'auto' {
  return text === 'auto' ? text : wholeNumber(0)(text);
}
