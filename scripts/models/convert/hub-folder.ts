/** A model of the hub as a folder: what a conversion needs of it is fetched into the cache, file by file. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { missingError } from '../../command-line/errors.ts';
import { pathWithin } from '../../command-line/files/folders.ts';
import { textLimits } from '../../command-line/files/input-limits.ts';
import { download } from '../hub/download.ts';
import { isNotFound } from '../hub/errors.ts';
import type { Hub } from '../hub/hub.ts';
import type { ModelProgress } from '../model-progress.ts';
import { indexFile, shardsOf, singleFile } from './source-folder.ts';

/** `owner/name`. */
const repositoryName = /^\w[\w.-]*\/\w[\w.-]*$/;

/** A repository has some of these. */
const optionalFiles = [
  ...['tokenizer_config.json', 'tokenizer.json', 'tokenizer.model', 'added_tokens.json', 'chat_template.jinja'],
];
/** Fetched only where tokenizer.json is absent. */
const olderFiles = ['vocab.json', 'merges.txt', 'vocab.txt'];

/** @returns path of a folder that can be opened */
export async function fetchSourceFolder(
  repository: string,
  hub: Hub,
  cache: string,
  progress: ModelProgress,
): Promise<string> {
  const folder = pathWithin(join(cache, 'hub'), repository.replaceAll('/', '--'), `the model ${repository}`);
  const fetchFile = (file: string, mostBytes?: number) =>
    download(
      hub,
      { repository, revision: 'main', file },
      join(folder, file),
      { sha256: undefined, bytes: undefined },
      progress,
      mostBytes === undefined ? {} : { mostBytes },
    );
  await fetchFile('config.json', textLimits.config);
  for (const file of optionalFiles) await unlessAbsent(fetchFile(file, textLimits.tokenizer));
  if (!existsSync(join(folder, 'tokenizer.json'))) {
    for (const file of olderFiles) await unlessAbsent(fetchFile(file, textLimits.tokenizer));
  }
  await unlessAbsent(fetchFile(indexFile, textLimits.tokenizer));
  for (const file of shardsOf(folder) ?? [singleFile]) await fetchFile(file);
  return folder;
}

async function unlessAbsent(fetching: Promise<unknown>): Promise<void> {
  try {
    await fetching;
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

/** @throws UserError when a name is neither a folder nor a repository */
export function requireRepositoryName(name: string): void {
  if (repositoryName.test(name)) return;
  throw missingError(
    `${name} is neither a folder nor the name of a repository on the hub`,
    'Check the path, or name a repository as owner/name.',
  );
}
