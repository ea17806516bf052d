/** Every framework of the suite, in order of preference. Adding one is one line here. */
import { exitCodes, UserError } from '../command-line/errors.ts';
import type { Framework, NodeFramework } from './framework.ts';
import { hybrid } from './hybrid/framework.ts';
import { llamacpp } from './llamacpp/framework.ts';
import { mlc } from './mlc/framework.ts';
import { onnx } from './onnx/framework.ts';
import { openai } from './openai/framework.ts';
import { pytorch } from './pytorch/framework.ts';
import { tinygrad } from './tinygrad/framework.ts';

export const frameworks: readonly Framework[] = [llamacpp, pytorch, tinygrad, hybrid, onnx, mlc, openai];

/** @throws UserError naming the known ones */
export function frameworkNamed(name: string): Framework {
  const found = frameworks.find((framework) => framework.name === name);
  if (found !== undefined) return found;
  throw new UserError(`unknown framework "${name}"`, {
    exitCode: exitCodes.usage,
    remedy: `Known frameworks: ${frameworks.map((framework) => framework.name).join(', ')}.`,
  });
}

/** The one that lends its tokenizer to frameworks that have none. */
export function vocabularyFramework(): NodeFramework {
  for (const framework of frameworks) {
    if (framework.host === 'node' && framework.loadVocabulary !== undefined) return framework;
  }
  throw new Error('no framework of the registry lends a vocabulary');
}
