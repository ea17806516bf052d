/** Settings of the model and of the engine that runs it. */
import { z } from 'zod';
import { defaults, precisions, type ShardAxis, shardAxes } from './defaults.ts';
import { grouped, whole, words } from './setting.ts';

const largestSeed = 2 ** 31 - 1;

export const modelSettings = grouped('Model:', {
  size: {
    flag: '--size <size>',
    schema: z.string(),
    help: 'size of a known model: tiny (embedded, the default), 135M, 1B, 8B, ...',
    essential: true,
    axis: 'size',
  },
  algorithm: {
    flag: '--algorithm <family>',
    schema: z.string(),
    help: 'family where a size has several: llama, qwen2, qwen3, gemma3, gpt2, ...',
    axis: 'algorithm',
  },
  model: {
    flag: '--model <name>',
    schema: z.string(),
    help: 'a GGUF file of your own, or the name of a known model, instead of --size',
    essential: true,
    axis: 'model',
    axisHelp: 'a GGUF file of your own, or the id of a known model, instead of size',
    aliases: [
      { tool: 'llama.cpp', typed: ['-m'] },
      { tool: 'llama.cpp', typed: ['-hf', '-hfr', '--hf-repo'], translate: repositoryWords },
    ],
  },
  quantize: {
    flag: '--quantize <name>',
    schema: z.string(),
    default: defaults.quantize,
    help: 'weight format',
    essential: true,
    axis: 'quantize',
    column: 'quantize',
    aliases: [{ tool: 'vLLM', typed: ['--quantization', '-q'] }],
  },
  synthetic: {
    flag: '--synthetic',
    schema: z.boolean(),
    default: false,
    help: 'random weights in the exact shape of the model: speed without a download',
    essential: true,
    axis: 'synthetic',
  },
  offline: {
    flag: '--offline',
    schema: z.boolean(),
    default: false,
    help: 'never download (or TOKENLAP_OFFLINE=1)',
  },
  hubUrl: {
    flag: '--hub-url <url>',
    schema: z.string(),
    help: 'mirror to fetch models from (or TOKENLAP_HUB_URL, HF_ENDPOINT)',
  },
});

export const engineSettings = grouped('Engine:', {
  seed: {
    flag: '--seed <n>',
    schema: whole(0, largestSeed),
    default: defaults.seed,
    help: 'orders the questions, samples, makes synthetic weights',
    axis: 'seed',
    column: 'seed',
    aliases: [{ tool: 'llama.cpp', typed: ['-s'] }],
  },
  threads: {
    flag: '--threads <n>',
    schema: whole(1, 1024),
    help: 'threads for computing (default: the cores that may be used)',
    essential: true,
    engine: true,
    axis: 'threads',
    aliases: [{ tool: 'llama.cpp', typed: ['-t'] }],
  },
  device: {
    flag: '--device <name>',
    schema: z.string(),
    default: defaults.device,
    help: 'auto, cpu, or a device of the framework',
    essential: true,
    engine: true,
    axis: 'device',
    aliases: [{ tool: 'llama.cpp', typed: ['-dev'] }],
  },
  gpuLayers: {
    flag: '--gpu-layers <n>',
    schema: z.union([z.enum(['auto', 'max']), whole(0)]),
    default: defaults.gpuLayers,
    help: 'layers on the GPU: auto, max or a number',
    unit: 'layers',
    essential: true,
    engine: true,
    axis: 'gpuLayers',
    aliases: [{ tool: 'llama.cpp', typed: ['-ngl', '--n-gpu-layers'], translate: words({ all: 'max', '-1': 'auto' }) }],
  },
  contextTokens: {
    flag: '--context <tokens>',
    schema: whole(16),
    help: `context, prompt and answer together (default: ${defaults.contextTokens}, or the model's own if that is shorter)`,
    unit: 'tokens',
    essential: true,
    engine: true,
    axis: 'context',
    axisHelp: 'context, prompt and answer together (default: what the workload needs)',
    aliases: [
      { tool: 'llama.cpp', typed: ['-c', '--ctx-size'] },
      { tool: 'vLLM', typed: ['--max-model-len'] },
    ],
  },
  batchTokens: {
    flag: '--batch <tokens>',
    schema: whole(1),
    default: defaults.batchTokens,
    help: 'prompt tokens evaluated at once',
    unit: 'tokens',
    engine: true,
    axis: 'batch',
    aliases: [{ tool: 'llama.cpp', typed: ['-b', '--batch-size'] }],
  },
  flashAttention: {
    flag: '--flash-attention <mode>',
    schema: z.enum(['auto', 'on', 'off']),
    default: defaults.flashAttention,
    help: 'fused attention kernel: auto, on or off',
    engine: true,
    axis: 'flashAttention',
    aliases: [
      {
        tool: 'llama.cpp',
        typed: ['-fa', '--flash-attn'],
        value: 'perhaps',
        bare: 'on',
        translate: words({ 0: 'off', 1: 'on' }),
      },
    ],
  },
  kvType: {
    flag: '--kv-type <type>',
    schema: z.string(),
    default: defaults.kvType,
    help: 'number format of the KV cache, keys and values alike: auto, f16, f32, q8_0, ...',
    suggests: ['auto', 'f16', 'f32', 'q8_0'],
    engine: true,
    axis: 'kvType',
    aliases: [
      {
        tool: 'llama.cpp',
        typed: ['-ctk', '--cache-type-k', '-ctv', '--cache-type-v'],
        note: 'keys and values have one format here, so --kv-type sets both',
        instead: 'Keys and values have one format here: --kv-type FORMAT.',
      },
      { tool: 'vLLM', typed: ['--kv-cache-dtype'] },
    ],
  },
  precision: {
    flag: '--precision <format>',
    schema: z.enum(['auto', ...precisions]),
    default: defaults.precision,
    help: 'convert the weights at load: float32, bfloat16, float16, int8, nf4, int4; native: the formats that the engine chooses; auto: the values of the file',
    engine: true,
    axis: 'precision',
    column: 'precision_asked',
    aliases: [{ tool: 'vLLM', typed: ['--dtype'], translate: words({ half: 'float16', float: 'float32' }) }],
  },
  compile: {
    flag: '--compile',
    schema: z.boolean(),
    default: false,
    help: 'compile the model, where the framework can (torch.compile)',
    engine: true,
    axis: 'compile',
    column: 'compile_asked',
  },
  deviceCount: {
    flag: '--device-count <n>',
    schema: whole(1, 64),
    default: defaults.deviceCount,
    help: 'devices to split the model over',
    unit: 'devices',
    engine: true,
    axis: 'deviceCount',
    aliases: [
      { tool: 'vLLM', typed: ['--tensor-parallel-size', '-tp'], translate: sharded('heads') },
      { tool: 'vLLM', typed: ['--pipeline-parallel-size', '-pp'], translate: sharded('layers') },
    ],
  },
  shard: {
    flag: '--shard <axis>',
    schema: z.enum(shardAxes),
    default: defaults.shard,
    help: 'split mode: layers (pipeline parallel) or heads (tensor parallel)',
    engine: true,
    axis: 'shard',
  },
  timeoutSeconds: {
    flag: '--timeout <seconds>',
    schema: whole(1),
    default: defaults.timeoutSeconds,
    help: 'longest wait for one answer, for loading, for starting',
    unit: 's',
  },
});

/** `owner/name-GGUF:Q4_K_M`. */
function repositoryWords(text: string): readonly string[] {
  const [repository = '', format] = text.split(':');
  return format === undefined ? [repository] : [repository, '--quantize', format];
}

function sharded(axis: ShardAxis): (devices: string) => readonly string[] {
  return (devices) => (devices === '1' ? [devices] : [devices, '--shard', axis]);
}
