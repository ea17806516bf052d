/** Mamba: a state-space model without attention. */
import { flag, integer, real } from '../../gguf/format.ts';
import { words } from '../config-keys.ts';
import type { Converter, NameTable } from '../converter.ts';
import { siluNames } from '../decoder.ts';
import type { ModelConfig } from '../model-config.ts';
import { whole } from '../planned-tensor.ts';

const names: NameTable = [
  ['backbone.embeddings', 'token_embd'],
  ['backbone.embedding', 'token_embd'],
  ['backbone.norm_f', 'output_norm'],
  ['lm_head', 'output'],
  ['backbone.layers.N.norm', 'blk.N.attn_norm'],
  ['backbone.layers.N.mixer.in_proj', 'blk.N.ssm_in'],
  ['backbone.layers.N.mixer.conv1d', 'blk.N.ssm_conv1d'],
  ['backbone.layers.N.mixer.x_proj', 'blk.N.ssm_x'],
  ['backbone.layers.N.mixer.dt_proj', 'blk.N.ssm_dt'],
  ['backbone.layers.N.mixer.A_log', 'blk.N.ssm_a'],
  ['backbone.layers.N.mixer.D', 'blk.N.ssm_d'],
  ['backbone.layers.N.mixer.out_proj', 'blk.N.ssm_out'],
];

/** No limit: a number that makes the default of other programs harmless. */
const anyContext = 2 ** 20;

export const mambaConverter: Converter = {
  classes: ['MambaForCausalLM', 'MambaLMHeadModel'],
  architecture: () => 'mamba',
  metadata: (config) => {
    const width = config.required('hidden_size', 'd_model');
    return [
      ['context_length', integer(anyContext)],
      ['embedding_length', integer(width)],
      // Unused, but looked for.
      ['feed_forward_length', integer(0)],
      ['attention.head_count', integer(0)],
      ['block_count', integer(config.required('num_hidden_layers', 'n_layer'))],
      ['ssm.conv_kernel', integer(config.number('conv_kernel', 'd_conv') ?? 4)],
      ['ssm.inner_size', integer(innerWidth(config))],
      ['ssm.state_size', integer(config.number('state_size', 'd_state') ?? 16)],
      ['ssm.time_step_rank', integer(config.number('time_step_rank', 'dt_rank') ?? Math.ceil(width / 16))],
      ['attention.layer_norm_rms_epsilon', real(config.number('layer_norm_epsilon', 'rms_norm_eps') ?? 1e-5)],
      ['ssm.dt_b_c_rms', flag(false)],
    ];
  },
  prefix: 'backbone.',
  tensor(name, source) {
    // The logarithm is what was trained; the matrix itself is what is used.
    if (name.endsWith('.ssm_a')) return whole(name, source, { map: (value) => -Math.fround(Math.exp(value)) });
    // Channels × 1 × kernel: the middle dimension goes.
    if (name.endsWith('.ssm_conv1d.weight')) {
      return whole(name, source, { shape: [...source.shape].filter((size) => size !== 1).reverse() });
    }
    return whole(name, source);
  },
  names: () => names,
  tiedByDefault: true,
  fixed: (config) => ({
    hidden_act: siluNames,
    use_bias: [false],
    use_conv_bias: [true],
    rms_norm: [true],
    ssm_cfg: [{}],
    expand: [innerWidth(config) / config.required('hidden_size', 'd_model')],
    attn_layer_idx: [[]],
    attn_cfg: [{}],
  }),
  harmless: words(`
    residual_in_fp32 fused_add_norm rescale_prenorm_residual use_mambapy use_associative_scan
    time_step_floor time_step_init_scheme time_step_max time_step_min time_step_scale`),
  tokenizers: ['byte-level', 'sentencepiece'],
};

function innerWidth(config: ModelConfig): number {
  return config.number('intermediate_size', 'd_inner') ?? 2 * config.required('hidden_size', 'd_model');
}
