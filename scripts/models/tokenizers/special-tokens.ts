/**
 * Which tokens begin, end and pad a text, whether they are put there, and the chat template: as llama.cpp's converter finds
 * them (gguf-py, gguf/vocab.py, SpecialVocab).
 */
import { z } from 'zod';
import type { ModelConfig } from '../convert/model-config.ts';
import type { SourceFolder } from '../convert/source-folder.ts';
import { flag, type GgufFields, integer, optional, text } from '../gguf/format.ts';
import { configuredTemplate, configuredToken, type TokenizerFiles } from './tokenizer-files.ts';

/** Names of transformers, and those of GGUF. The misspelling is the format's. */
export const tokenRoles = [
  ['bos', 'bos'],
  ['eos', 'eos'],
  ['unk', 'unknown'],
  ['sep', 'seperator'],
  ['pad', 'padding'],
  ['mask', 'mask'],
] as const;
export type TokenRole = (typeof tokenRoles)[number][0];

const processorSchema = z.looseObject({
  type: z.string(),
  processors: z.array(z.unknown()).optional(),
  single: z.array(z.looseObject({ SpecialToken: z.looseObject({ id: z.string() }).optional() })).optional(),
});

/** @param idOf of a token's text in the whole vocabulary */
export function specialTokenFields(
  folder: SourceFolder,
  config: ModelConfig,
  files: TokenizerFiles,
  idOf: (text: string) => number | undefined,
): GgufFields {
  const template = wrapping(files);
  const texts = tokenTexts(files, template);
  const ids = tokenRoles.flatMap(([role, key]) => {
    const named = texts[role] === undefined ? undefined : idOf(texts[role]);
    return optional(`${key}_token_id`, integer, named ?? config.number(`${role}_token_id`));
  });
  return [...ids, ...additions(files, template, texts), ...chatTemplate(folder, files)];
}

/** Special tokens that the post-processor puts before and after a text. */
interface Wrapping {
  first: string | undefined;
  last: string | undefined;
}

function wrapping({ json }: TokenizerFiles): Wrapping | undefined {
  const { data } = processorSchema.safeParse(json?.post_processor);
  if (data === undefined) return undefined;
  for (const step of data.processors ?? [data]) {
    const single = processorSchema.safeParse(step).data?.single;
    if (single === undefined) continue;
    if (single.length < 2) return { first: undefined, last: undefined };
    return { first: single[0]?.SpecialToken?.id, last: single.at(-1)?.SpecialToken?.id };
  }
  return undefined;
}

function tokenTexts({ config }: TokenizerFiles, template: Wrapping | undefined): Partial<Record<TokenRole, string>> {
  const of = (role: string) => configuredToken(config, `${role}_token`);
  const bos = of('bos') ?? of('cls') ?? template?.first;
  const eos = of('eos') ?? of('sep');
  const found = { bos, eos, unk: of('unk'), sep: of('sep'), pad: of('pad'), mask: of('mask') };
  return Object.fromEntries(Object.entries(found).filter(([, token]) => token !== undefined));
}

/** tokenizer_config.json takes precedence over the post-processor. */
function additions(
  { config }: TokenizerFiles,
  template: Wrapping | undefined,
  texts: Partial<Record<TokenRole, string>>,
): GgufFields {
  const said = (role: TokenRole) => z.boolean().safeParse(config[`add_${role}_token`]).data;
  const bos = said('bos') ?? (template?.first === undefined ? undefined : template.first === texts.bos);
  const eos = said('eos') ?? (template?.last === undefined ? undefined : template.last === texts.eos);
  return [...optional('add_bos_token', flag, bos), ...optional('add_eos_token', flag, eos)];
}

/** This key is outside `tokenizer.ggml`. */
const templateKey = '/tokenizer.chat_template';

function chatTemplate(folder: SourceFolder, { config }: TokenizerFiles): GgufFields {
  const old = folder.json('chat_template.json')?.chat_template;
  const elsewhere = folder.text('chat_template.jinja') ?? (typeof old === 'string' ? old : undefined);
  return optional(templateKey, text, configuredTemplate(config) ?? elsewhere);
}
