/** `models.ts verify FILE`: whether model files are whole and unchanged. */
import { basename } from 'node:path';
import { exitCodes, UserError } from '../../command-line/errors.ts';
import { program } from '../../command-line/program.ts';
import { paint } from '../../command-line/terminal.ts';
import { modelCacheFolder } from '../model-cache.ts';
import { cachedModelFiles } from '../model-catalog.ts';
import { namedFile } from '../named-file.ts';
import { type Verification, verifyFile } from '../verify-file.ts';
import { printResult, withProgress } from './model-work.ts';

export function verifyCommand() {
  return program('verify', 'Checks model files: nothing cut off, finite norms, the sha256 that was written down.', [
    ['tsx scripts/models.ts verify --all', 'everything in the cache'],
    ['tsx scripts/models.ts verify ./model.gguf', 'one file'],
  ])
    .argument('[file]', 'path of a GGUF file, or size or id of a known model')
    .option('--all', 'every model in the cache', false)
    .option('--json', 'print JSON', false)
    .action(async (name, { all, json }) => {
      const folder = modelCacheFolder();
      const paths = all ? cachedModelFiles(folder) : [namedFile(required(name), folder)];
      const results = await withProgress('verifying', async (report) => {
        const done: Verification[] = [];
        for (const path of paths) {
          const label = `verifying ${basename(path)}`;
          done.push(await verifyFile(path, (bytes, total) => report({ label, done: bytes, total })));
        }
        return done;
      });
      printResult(json, results, () => textOf(results, folder));
      if (results.some((result) => !result.ok)) process.exitCode = exitCodes.failed;
    });
}

function required(name: string | undefined): string {
  if (name !== undefined) return name;
  throw new UserError('nothing to verify was named', {
    exitCode: exitCodes.usage,
    remedy: 'Name a file, or add --all for the whole cache.',
  });
}

function textOf(results: readonly Verification[], folder: string): string {
  if (results.length === 0) return `No models are in ${folder}.`;
  return results
    .map(({ path, ok, findings }) => {
      const verdict = ok ? paint('green', 'ok') : paint('red', 'DAMAGED');
      return [`${verdict}  ${path}`, ...findings.map((finding) => `    ${finding.text}`)].join('\n');
    })
    .join('\n');
}
