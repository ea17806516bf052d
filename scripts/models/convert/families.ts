/** The families that are converted by ourselves. A new one is a file in families/ and a line here. */
import { exitCodes, UserError } from '../../command-line/errors.ts';
import { bertFamily } from './families/bert.ts';
import { falconFamily } from './families/falcon.ts';
import { gemmaFamily } from './families/gemma.ts';
import { gpt2Family } from './families/gpt2.ts';
import { gptneoxFamily } from './families/gptneox.ts';
import { llamaFamily } from './families/llama.ts';
import { mambaFamily } from './families/mamba.ts';
import { phi2Family } from './families/phi2.ts';
import { phi3Family } from './families/phi3.ts';
import { qwenFamily } from './families/qwen.ts';
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
