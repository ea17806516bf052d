/** The families that are converted by ourselves. A new one is a file in families/ and a line here. */
import { exitCodes, UserError } from '../../command-line/errors.ts';
import { bertFamily } from '../architectures/converters/bert.ts';
import { falconFamily } from '../architectures/converters/falcon.ts';
import { gemmaFamily } from '../architectures/converters/gemma.ts';
import { gpt2Family } from '../architectures/converters/gpt2.ts';
import { gptneoxFamily } from '../architectures/converters/gptneox.ts';
import { llamaFamily } from '../architectures/converters/llama.ts';
import { mambaFamily } from '../architectures/converters/mamba.ts';
import { phi2Family } from '../architectures/converters/phi2.ts';
import { phi3Family } from '../architectures/converters/phi3.ts';
import { qwenFamily } from '../architectures/converters/qwen.ts';
import type { ConverterFamily } from './family.ts';
import type { ModelConfig } from './model-config.ts';

const families: readonly ConverterFamily[] = [
  ...[llamaFamily, qwenFamily, gemmaFamily, phi2Family, phi3Family],
  ...[gpt2Family, gptneoxFamily, falconFamily, mambaFamily, bertFamily],
];

/** @throws UserError when no family is of the class that config.json names */
export function familyOf(config: ModelConfig): ConverterFamily {
  const names = config.texts('architectures') ?? [];
  const family = families.find(({ classes }) => names.some((name) => classes.includes(name)));
  if (family !== undefined) return family;
  const known = families
    .flatMap(({ classes }) => classes)
    .filter((name) => name.endsWith('LM') || name === 'BertModel');
  throw new UserError(`config.json names ${names.join(', ') || 'no architecture'}, which is not converted here`, {
    exitCode: exitCodes.usage,
    remedy: `Try --tool llama.cpp. Converted here are ${known.join(', ')}.`,
  });
}
