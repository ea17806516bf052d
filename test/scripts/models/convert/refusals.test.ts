/** What would become another model is refused, in one line that names what is wrong. Plans only: no weights are written. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { oneLine, UserError } from '../../../../scripts/command-line/errors.ts';
import { planConversion } from '../../../../scripts/models/convert/convert-folder.ts';
import { openSourceFolder } from '../../../../scripts/models/convert/source-folder.ts';
import { numberField } from '../../../../scripts/models/gguf/format.ts';
import { readGguf } from '../../../../scripts/models/gguf/reader.ts';
import { convertModel } from '../../../../scripts/preparation/convert.ts';
import { quantizeModel } from '../../../../scripts/preparation/quantize.ts';
import { changedModel } from '../changed-model.ts';
import { modelFolder, silent } from '../model-folder.ts';
import { isSmallFamily, smallFamilies, smallFolder } from './small-families.ts';
import { type FolderTensor, floats } from './source-folders.ts';

type Family = keyof typeof smallFamilies;
type Config = Record<string, unknown>;
const families = Object.keys(smallFamilies).filter(isSmallFamily);

function plan(folder: string, acceptedKeys: readonly string[] = []) {
  return planConversion(openSourceFolder(folder), {
    to: 'f16',
    name: 'small',
    pre: undefined,
    additions: [],
    acceptedKeys,
  });
}

function complaintAbout(folder: string, acceptedKeys?: readonly string[]): string {
  try {
    plan(folder, acceptedKeys);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.message).not.toContain('\n');
    return `${oneLine(error)} | ${error.remedy}`;
  }
  return 'converted without a complaint';
}

const complaint = async (family: Family, config: Config, tensors?: (tensors: FolderTensor[]) => FolderTensor[]) =>
  complaintAbout(await smallFolder(family, tensors === undefined ? { config } : { config, tensors }));

describe.each(families)('%s', (family) => {
  test('is converted as it is', async () => {
    expect(complaintAbout(await smallFolder(family))).toBe('converted without a complaint');
  });

  test('without any one of its tensors is refused, and that one is named', async () => {
    const names = smallFamilies[family].shapes.map(([name]) => name).filter((name) => !name.endsWith('.attn.bias'));
    for (const lacking of names) {
      const said = await complaint(family, {}, (tensors) => tensors.filter(({ name }) => name !== lacking));
      // An expert is counted within its stack.
      const named = /experts\./.test(lacking) ? /\d of \d experts for/ : /the weights lack/;
      expect([lacking, said]).toEqual([lacking, expect.stringMatching(named)]);
    }
  });

  test('with a tensor of another size is refused', async () => {
    const [first] = smallFamilies[family].shapes;
    const said = await complaint(family, {}, (tensors) =>
      tensors.map((tensor) => (tensor.name === first?.[0] ? floats(tensor.name, [512, 32], () => 0) : tensor)),
    );
    expect(said).toMatch(/is 512 × 32, and by its config\.json 512 × 64/);
  });

  test('with a number of layers that is too small is refused', async () => {
    const key = 'n_layer' in smallFamilies[family].config ? 'n_layer' : 'num_hidden_layers';
    expect(await complaint(family, { [key]: 1 })).toMatch(/the weights have .*\b1\b.*no such tensor/);
  });
});

test.each<[family: Family, config: Config, says: RegExp]>([
  ['llama', { tie_word_embeddings: false }, /lack lm_head\.weight \| Without its output matrix/],
  ['llama', { tie_word_embeddings: undefined }, /lack lm_head\.weight/],
  ['llama', { architectures: ['LlamaModel'], tie_word_embeddings: undefined }, /lack lm_head\.weight/],
  ['llama', { attention_bias: true }, /lack model\.layers\.0\.self_attn\.q_proj\.bias/],
  ['llama', { mlp_bias: true }, /lack model\.layers\.0\.mlp\.gate_proj\.bias/],
  ['qwen2', { tie_word_embeddings: false }, /lack lm_head\.weight/],
  ['llama', { vocab_size: 500 }, /embedding has 512 rows, and .*vocab_size = 500/],
  ['llama', { intermediate_size: 64 }, /mlp\.gate_proj\.weight is 96 × 64, and by its config\.json 64 × 64/],
  ['llama', { num_key_value_heads: 4 }, /self_attn\.k_proj\.weight is 32 × 64/],
  ['gemma2', { tie_word_embeddings: false }, /tie_word_embeddings = false|lack lm_head/],
])('%s with %j is refused', async (family, config, says) => {
  expect(await complaint(family, config)).toMatch(says);
});

test.each<[family: Family, name: string, shape: number[]]>([
  ['llama', 'model.layers.0.self_attn.q_proj.bias', [64]],
  ['llama', 'model.layers.1.self_attn.q_norm.weight', [16]],
  ['llama', 'model.layers.2.mlp.up_proj.weight', [96, 64]],
  ['qwen3', 'model.layers.0.self_attn.o_proj.bias', [64]],
  ['falcon', 'transformer.h.0.self_attention.dense.bias', [64]],
  ['gpt2', 'h.0.attn.c_attn.extra', [64]],
])('%s with the tensor %s, of which config.json says nothing, is refused', async (family, name, shape) => {
  const said = await complaint(family, {}, (tensors) => [...tensors, floats(name, shape, () => 0)]);
  expect(said).toMatch(/no such tensor|its converter does not know/);
  expect(said).toContain(name.replace(/^model\./, '').replace(/^h\./, ''));
});

describe('rotary positions', () => {
  test.each<[family: Family, rope: Config, says: RegExp]>([
    ['llama', { rope_type: 'dynamic', factor: 2 }, /scaling "dynamic".*linear, yarn, llama3 are converted/],
    ['llama', { type: 'something-new', factor: 2 }, /scaling "something-new"/],
    ['llama', { rope_type: 'longrope', long_factor: [1], short_factor: [1] }, /scaling "longrope"/],
    ['llama', { rope_type: 'linear' }, /does not say factor/],
    ['llama', { rope_type: 'llama3', factor: 8 }, /does not say low_freq_factor/],
    [
      'llama',
      { rope_type: 'yarn', factor: 4, original_max_position_embeddings: 32, mscale: 0.7 },
      /rope_scaling\.mscale = 0\.7/,
    ],
    ['llama', { rope_type: 'default', partial_rotary_factor: 0.5 }, /partial_rotary_factor = 0\.5/],
    ['qwen3', { rope_type: 'llama3', factor: 8 }, /scaling "llama3"/],
    ['qwen2', { type: 'mrope', mrope_section: [1, 1] }, /scaling "mrope"/],
    ['phi2', { type: 'linear', factor: 2 }, /scaling "linear".*none is converted/],
    ['phi3', { type: 'linear', factor: 2 }, /scaling "linear"/],
    ['phi3', { type: 'longrope' }, /no 8 long_factor and short_factor/],
    ['gptneox', { type: 'linear', factor: 2 }, /scaling "linear"/],
    ['falcon', { type: 'yarn', factor: 2 }, /scaling "yarn"/],
    ['gemma2', { type: 'dynamic', factor: 2 }, /scaling "dynamic".*linear is converted/],
  ])('of %s as %j are refused', async (family, rope, says) => {
    expect(await complaint(family, { rope_scaling: rope })).toMatch(says);
    expect(await complaint(family, { rope_parameters: rope })).toMatch(
      says.source.includes('rope_scaling') ? /rope_parameters\.mscale/ : says,
    );
  });

  test.each<[family: Family, rope: Config]>([
    ['llama', { rope_type: 'default', rope_theta: 500_000 }],
    ['llama', { rope_type: 'linear', type: 'linear', factor: 2 }],
    [
      'llama',
      { rope_type: 'llama3', factor: 8, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 64 },
    ],
    ['qwen2', { type: 'yarn', factor: 4, original_max_position_embeddings: 32 }],
    ['phi3', { type: 'longrope', long_factor: Array(8).fill(2), short_factor: Array(8).fill(1) }],
    [
      'gemma3',
      {
        full_attention: { rope_type: 'linear', factor: 8, rope_theta: 1e6 },
        sliding_attention: { rope_type: 'default', rope_theta: 1e4 },
      },
    ],
  ])('of %s as %j are converted', async (family, rope) => {
    expect(await complaint(family, { rope_scaling: rope })).toBe('converted without a complaint');
  });
});

describe('config.json', () => {
  test.each<[family: Family, config: Config, says: RegExp]>([
    ['llama', { hidden_act: 'gelu' }, /hidden_act = "gelu", and the converted file would be another model/],
    ['llama', { attention_multiplier: 0.0078125 }, /attention_multiplier = 0\.0078125/],
    [
      'llama',
      { residual_multiplier: 0.22, embedding_multiplier: 12 },
      /residual_multiplier = 0\.22, embedding_multiplier = 12/,
    ],
    ['llama', { logits_scaling: 8 }, /logits_scaling = 8/],
    ['llama', { sliding_window: 64 }, /sliding_window = 64/],
    ['llama', { partial_rotary_factor: 0.75 }, /partial_rotary_factor/],
    ['llama', { qk_norm: true }, /qk_norm = true/],
    ['llama', { clip_qkv: 8 }, /clip_qkv = 8/],
    ['llama', { final_logit_softcapping: 30 }, /final_logit_softcapping = 30/],
    ['llama', { quantization_config: { quant_method: 'gptq' } }, /quantization_config/],
    ['llama', { head_dim: '16' }, /head_dim = "16"/],
    [
      'llama',
      { no_rope_layers: [1, 0] },
      /no_rope_layers = \[1,0\], which is not known here.*--accept-config no_rope_layers/,
    ],
    ['qwen2', { use_sliding_window: true }, /use_sliding_window = true/],
    ['qwen2', { layer_types: ['full_attention', 'sliding_attention'] }, /layer_types/],
    ['qwen2', { is_causal: false }, /is_causal = false/],
    ['qwen3', { attention_bias: true }, /attention_bias = true/],
    ['qwen2moe', { decoder_sparse_step: 2 }, /decoder_sparse_step = 2/],
    ['qwen2moe', { mlp_only_layers: [0] }, /mlp_only_layers = \[0\]/],
    ['gemma', { final_logit_softcapping: 30 }, /final_logit_softcapping = 30/],
    ['gemma2', { query_pre_attn_scalar: 144 }, /query_pre_attn_scalar = 144/],
    ['gemma2', { attn_logit_softcapping: null }, /does not say attn_logit_softcapping/],
    ['gemma2', { layer_types: ['full_attention', 'sliding_attention'] }, /layer_types/],
    ['gemma3', { attn_logit_softcapping: 50 }, /attn_logit_softcapping = 50/],
    ['gemma3', { sliding_window_pattern: 4 }, /sliding_window_pattern = 4/],
    ['gemma3', { hidden_activation: 'silu' }, /hidden_activation/],
    ['phi2', { qk_layernorm: true }, /qk_layernorm = true/],
    ['phi3', { lm_head_bias: true }, /lm_head_bias = true/],
    ['gpt2', { activation_function: 'relu' }, /activation_function = "relu"/],
    ['gpt2', { scale_attn_by_inverse_layer_idx: true }, /scale_attn_by_inverse_layer_idx = true/],
    ['gptneox', { attention_bias: false }, /attention_bias = false/],
    ['falcon', { alibi: true }, /alibi = true/],
    ['falcon', { parallel_attn: false }, /parallel_attn = false/],
    ['falcon', { bias: true }, /bias = true/],
    ['mamba', { use_bias: true }, /use_bias = true/],
    ['bert', { position_embedding_type: 'relative_key' }, /position_embedding_type/],
    ['bert', { hidden_act: 'relu' }, /hidden_act = "relu"/],
    ['bert', { is_decoder: true }, /is_decoder = true/],
  ])('of %s with %j is refused', async (family, config, says) => {
    expect(await complaint(family, config)).toMatch(says);
  });

  const usual = {
    ...{ model_type: 'x', torch_dtype: 'bfloat16', transformers_version: '4.45.0', use_cache: true, bos_token_id: 1 },
    ...{ eos_token_id: [1, 2], pad_token_id: null, initializer_range: 0.02, attention_dropout: 0, pretraining_tp: 1 },
  };
  /** What published models say besides the sizes. */
  test.each<[family: Family, config: Config]>([
    ['llama', { ...usual, attention_bias: false, mlp_bias: false, rope_scaling: null, head_dim: 16 }],
    ['llama', { ...usual, is_llama_config: true, rope_interleaved: false, 'transformers.js_config': { dtype: 'q4' } }],
    ['mistral', { ...usual, sliding_window: null }],
    [
      'mixtral',
      {
        ...usual,
        output_router_logits: false,
        router_aux_loss_coef: 0.02,
        router_jitter_noise: 0,
        sliding_window: null,
      },
    ],
    ['qwen2', { ...usual, max_window_layers: 21, use_mrope: false, layer_types: ['full_attention', 'full_attention'] }],
    [
      'qwen3',
      { ...usual, attention_bias: false, max_window_layers: 28, use_sliding_window: false, sliding_window: null },
    ],
    [
      'qwen2moe',
      { ...usual, decoder_sparse_step: 1, max_window_layers: 28, router_aux_loss_coef: 0.001, qkv_bias: true },
    ],
    ['gemma2', { ...usual, hidden_act: 'gelu_pytorch_tanh', cache_implementation: 'hybrid', attention_bias: false }],
    ['gemma3', { ...usual, attn_logit_softcapping: null, final_logit_softcapping: null, sliding_window_pattern: 6 }],
    ['phi2', { ...usual, embd_pdrop: 0, resid_pdrop: 0.1, num_key_value_heads: 4, rope_scaling: null }],
    ['phi3', { ...usual, auto_map: {}, embd_pdrop: 0, original_max_position_embeddings: 128, resid_pdrop: 0 }],
    [
      'gpt2',
      { ...usual, activation_function: 'gelu_new', n_ctx: 128, summary_type: 'cls_index', task_specific_params: {} },
    ],
    [
      'gptneox',
      {
        ...usual,
        hidden_act: 'gelu',
        use_parallel_residual: true,
        tie_word_embeddings: false,
        classifier_dropout: 0.1,
      },
    ],
    ['falcon', { ...usual, apply_residual_connection_post_layernorm: false, hidden_dropout: 0, rope_theta: 10_000 }],
    [
      'mamba',
      {
        ...usual,
        expand: 2,
        intermediate_size: 128,
        residual_in_fp32: true,
        use_conv_bias: true,
        use_bias: false,
        time_step_min: 0.001,
      },
    ],
    [
      'bert',
      {
        ...usual,
        classifier_dropout: null,
        gradient_checkpointing: false,
        hidden_dropout_prob: 0.1,
        attention_probs_dropout_prob: 0.1,
      },
    ],
  ])('of %s as published models have it is converted', async (family, config) => {
    expect(await complaint(family, config)).toBe('converted without a complaint');
  });

  test('with an unknown key is converted when somebody vouches for it, and that is written down', async () => {
    const folder = await smallFolder('llama', { config: { wonder_factor: 3, notes: 'mine' } });
    expect(complaintAbout(folder)).toMatch(/wonder_factor = 3, notes = "mine".*--accept-config wonder_factor,notes$/);
    expect(complaintAbout(folder, ['notes'])).toMatch(/says wonder_factor = 3, which/);
    const made = await convertModel(
      {
        ...{ folder, to: 'f16', output: join(modelFolder(), 'made.gguf'), name: undefined, pre: undefined },
        ...{ tool: 'own', convertScript: undefined, force: false, acceptedKeys: ['wonder_factor', 'notes'] },
      },
      silent,
      new AbortController().signal,
    );
    expect(made.lineage.steps[0]?.options).toEqual({ to: 'f16', acceptedConfig: 'wonder_factor,notes' });
    expect(readFileSync(made.path).includes('wonder_factor,notes')).toBe(true);
  });

  test('with a key that does change the model is refused whoever vouches for it', async () => {
    const folder = await smallFolder('llama', { config: { logits_scaling: 8 } });
    expect(complaintAbout(folder, ['logits_scaling'])).toMatch(/would be another model/);
  });
});

test.each<[config: Config, context: number]>([
  [{ sliding_window: 32 }, 32],
  [{ sliding_window: 4096 }, 128],
  [{ sliding_window: null }, 128],
  [{ sliding_window: undefined, max_position_embeddings: 32_768 }, 4096],
])('a Mistral with %j is one model as far as its window goes: %i positions', async (config, context) => {
  const folder = await smallFolder('mistral', { config });
  const { architecture, layout } = plan(folder);
  expect(architecture).toBe('llama');
  const output = join(modelFolder(), 'made.gguf');
  const request = { folder, to: 'f16', output, name: undefined, pre: undefined, tool: 'own' } as const;
  await convertModel({ ...request, convertScript: undefined, force: false }, silent, new AbortController().signal);
  const { metadata, tensors } = await readGguf(output);
  expect(tensors).toHaveLength(layout.tensors.length);
  expect(numberField(metadata, 'llama.context_length')).toBe(context);
});

describe('numbers that a format does not hold', () => {
  const name = 'model.layers.1.mlp.up_proj.weight';
  const withNumbers = (numbers: readonly number[]) => (tensors: FolderTensor[]) =>
    tensors.map((tensor) => (tensor.name === name ? floats(name, [96, 64], (index) => numbers[index] ?? 0.1) : tensor));

  async function converted(to: 'f32' | 'f16' | 'bf16' | 'q8_0', numbers: readonly number[]): Promise<string> {
    const folder = await smallFolder('llama', { tensors: withNumbers(numbers) });
    const output = join(modelFolder(), 'made.gguf');
    const request = { folder, to, output, name: undefined, pre: undefined, tool: 'own' } as const;
    try {
      await convertModel({ ...request, convertScript: undefined, force: false }, silent, new AbortController().signal);
      return output;
    } catch (error) {
      if (error instanceof UserError) return `${oneLine(error)} | ${error.remedy}`;
      throw error;
    }
  }

  test('are named with their tensor and their number, and fit where the remedy says', async () => {
    expect(await converted('f16', [7e4, -1e5])).toMatch(
      /blk\.1\.ffn_up\.weight has 2 values that are beyond what f16 holds, up to 1\.00e\+5 \| f32 and bf16 hold them/,
    );
    for (const to of ['bf16', 'f32', 'q8_0'] as const) expect(await converted(to, [7e4, -1e5])).toMatch(/made\.gguf$/);
    // What rounds to the greatest half is one.
    expect(await converted('f16', [65_519])).toMatch(/made\.gguf$/);
    expect(await converted('f16', [65_520])).toMatch(/1 value that is beyond/);
    expect(await converted('q8_0', [1e7])).toMatch(/1 value that is beyond what q8_0 holds/);
    expect(await converted('bf16', [3.4e38])).toMatch(/1 value that is beyond what bf16 holds/);
  });

  test('are refused in every format where they are no numbers', async () => {
    for (const to of ['f32', 'f16', 'bf16', 'q8_0'] as const) {
      const said = await converted(to, [Number.NaN, Number.NEGATIVE_INFINITY, 1]);
      expect(said).toMatch(
        /blk\.1\.ffn_up\.weight has 2 values that are infinite or no numbers.* \| .*fetch them again/,
      );
    }
  });

  test('are refused by the quantiser too', async () => {
    const source = await changedModel(await converted('f32', [1e5]), {});
    const quantize = (to: string) =>
      quantizeModel(
        {
          ...{ source, to, output: join(modelFolder(), 'made.gguf'), folder: '', pure: undefined, tool: 'own' },
          ...{
            llamaQuantize: undefined,
            build: false,
            allowRequantize: false,
            imatrix: undefined,
            threads: 1,
            force: false,
          },
        },
        silent,
        new AbortController().signal,
      );
    await expect(quantize('f16')).rejects.toThrow(/blk\.1\.ffn_up\.weight has 1 value that is beyond what f16 holds/);
    await expect(quantize('bf16')).resolves.toMatchObject({ tool: 'Tokenlap' });
  });
});
