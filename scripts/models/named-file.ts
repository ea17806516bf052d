/** The file on this machine that a person means by a path, an id or a size. */

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { exitCodes, UserError } from '../command-line/errors.ts';
import { shellLine, startWords } from '../command-line/shell-line.ts';
import { modelCatalog } from './model-catalog.ts';
import { findModel, loadRegistry, modelCalled } from './registry.ts';
import type { RegisteredModel } from './registry-schema.ts';

/**
 * Trained weights go before random ones.
 * @param folder the model cache
 * @throws UserError when it names no model, or one of which no file is here
 */
export function namedFile(name: string, folder: string): string {
  if (existsSync(name)) return resolve(name);
  if (/[/\\]|\.gguf$/i.test(name)) {
    throw new UserError(`there is no file ${name}`, { exitCode: exitCodes.missing, remedy: 'Check the path.' });
  }
  const registry = loadRegistry();
  const model = modelCalled(registry, name) ?? findModel(registry, name, undefined);
  const entry = modelCatalog(registry, folder).find((candidate) => candidate.id === model.id);
  const trained = entry?.quantizations.flatMap((format) => (format.path === null ? [] : [format.path])) ?? [];
  const files = trained.length > 0 ? trained : (entry?.synthetic.map((file) => join(folder, file)) ?? []);
  const [only, ...others] = files;
  if (only === undefined) {
    throw new UserError(`no file of ${model.name} is on this machine`, {
      exitCode: exitCodes.missing,
      remedy: `Run \`${makeLine('fetch', model)}\` or \`${makeLine('synthesize', model)}\` first.`,
    });
  }
  if (others.length === 0) return only;
  throw new UserError(`${name} has ${files.length} files on this machine`, {
    exitCode: exitCodes.usage,
    remedy: `Name one: ${files.join(' ')}`,
  });
}

function makeLine(command: string, { size, family }: RegisteredModel): string {
  return shellLine([...startWords('scripts/models.ts'), command, size, '--algorithm', family]);
}
