/** All converters. A new one is a file in `families/` and an entry here. */
import { usageError } from '../../command-line/errors.ts';
import type { Converter, ExportedConfig } from './converter.ts';
import { falconConverter, gptneoxConverter } from './families/fused-attention.ts';
import { gemmaConverter } from './families/gemma.ts';
import { bertConverter, gpt2Converter } from './families/learned-positions.ts';
import { llamaConverter, qwenConverter } from './families/llama-and-qwen.ts';
import { mambaConverter } from './families/mamba.ts';
import { phi2Converter, phi3Converter } from './families/phi.ts';
import { ModelConfig } from './model-config.ts';

const converters: readonly Converter[] = [
  llamaConverter,
  qwenConverter,
  gemmaConverter,
  phi2Converter,
  phi3Converter,
  gpt2Converter,
  gptneoxConverter,
  falconConverter,
  mambaConverter,
  bertConverter,
];

/** Architectures whose files become folders of transformers again. */
export const exportedArchitectures = converters.flatMap(({ exported }) => exported?.architectures ?? []);

/**
 * The converter that makes files of an architecture, and the class of transformers that it makes them of.
 * @throws UserError when such files do not become folders again
 */
export function exporterFor(architecture: string): {
  converter: Converter;
  exported: ExportedConfig;
  modelClass: string;
} {
  for (const converter of converters) {
    const { exported, classes } = converter;
    if (exported?.architectures.includes(architecture) !== true) continue;
    const modelClass = classes.find(
      (name) => converter.architecture(new ModelConfig({ architectures: [name] }, 'config.json')) === architecture,
    );
    if (modelClass !== undefined) return { converter, exported, modelClass };
  }
  throw usageError(
    `models of the architecture ${architecture} are not exported to a folder of transformers`,
    `Exported are ${exportedArchitectures.join(', ')}.`,
  );
}

/** @throws UserError when no converter is for the class that config.json names */
export function converterFor(config: ModelConfig): Converter {
  const names = config.texts('architectures') ?? [];
  const found = converters.find(({ classes }) => names.some((name) => classes.includes(name)));
  if (found !== undefined) return found;
  const known = converters
    .flatMap(({ classes }) => classes)
    .filter((name) => name.endsWith('LM') || name === 'BertModel');
  throw usageError(
    `config.json names ${names.join(', ') || 'no architecture'}, which is not converted here`,
    `Try --tool llama.cpp. Converted here are ${known.join(', ')}.`,
  );
}
