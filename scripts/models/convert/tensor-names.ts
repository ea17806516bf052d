/** From the names of transformers to those of llama.cpp: patterns with a layer's number, the first that fits wins. */

/** Pattern with `N` for the number of a layer, without `.weight` or `.bias`; the new name, `N` again for the number. */
export type NameTable = ReadonlyArray<readonly [from: string, to: string]>;

/** Not the one in 'LayerNorm'. */
const layerMark = /\bN\b/;

/** Prefixes under which the same decoder stands in models of several parts, or alone. */
const outerNames = /^(?:language_model\.|model\.language_model\.)/;

/**
 * @param prefix that files of the bare model, without its head, leave away: 'model.'
 * @returns undefined when no pattern fits
 */
export function ggufName(table: NameTable, source: string, prefix: string): string | undefined {
  const plain = source.startsWith('model.language_model.')
    ? source.replace('model.language_model.', 'model.')
    : source.replace(outerNames, '');
  return (
    match(table, plain) ??
    (plain.startsWith(prefix) ? match(table, plain.slice(prefix.length)) : match(table, prefix + plain))
  );
}

function match(table: NameTable, name: string): string | undefined {
  const [, stem = name, suffix = ''] = /^(.*?)(\.weight|\.bias)?$/.exec(name) ?? [];
  for (const [from, to] of table) {
    const layer = new RegExp(`^${from.replaceAll('.', '\\.').replace(layerMark, '(\\d+)')}$`).exec(stem);
    if (layer !== null) return to.replace(layerMark, layer[1] ?? '') + suffix;
  }
  return undefined;
}

/** The name that a source has for a tensor of a new file; undefined where it is made of several, or of numbers. */
export function sourceName(table: NameTable, name: string): string | undefined {
  const reversed = table.map(([from, to]): readonly [string, string] => [to, from]);
  return match(reversed, name);
}

export const llamaNames: NameTable = [
  ['model.embed_tokens', 'token_embd'],
  ['model.norm', 'output_norm'],
  ['lm_head', 'output'],
  ['model.layers.N.input_layernorm', 'blk.N.attn_norm'],
  ['model.layers.N.self_attn.q_proj', 'blk.N.attn_q'],
  ['model.layers.N.self_attn.k_proj', 'blk.N.attn_k'],
  ['model.layers.N.self_attn.v_proj', 'blk.N.attn_v'],
  ['model.layers.N.self_attn.o_proj', 'blk.N.attn_output'],
  ['model.layers.N.self_attn.q_norm', 'blk.N.attn_q_norm'],
  ['model.layers.N.self_attn.k_norm', 'blk.N.attn_k_norm'],
  ['model.layers.N.post_attention_layernorm', 'blk.N.ffn_norm'],
  ['model.layers.N.mlp.gate_proj', 'blk.N.ffn_gate'],
  ['model.layers.N.mlp.up_proj', 'blk.N.ffn_up'],
  ['model.layers.N.mlp.down_proj', 'blk.N.ffn_down'],
];
