/** llama.cpp's own converter, a Python script beside its source. */
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { exitCodes, UserError } from '../../command-line/errors.ts';
import { pathFolders } from '../../command-line/program-path.ts';
import { sourceFolders } from './native-tool.ts';

const script = 'convert_hf_to_gguf.py';
/** What it imports; gguf lies beside it. */
export const convertNeeds = {
  needs: ['torch', 'transformers', 'numpy', 'sentencepiece'],
  remedy:
    'Run `uv pip install torch==2.13.0 transformers numpy sentencepiece`, or name another Python with TOKENLAP_PYTHON.',
} as const;

/**
 * @param given a path of one's own
 * @throws UserError when there is none
 */
export function convertScript(given: string | undefined): string {
  const named = given ?? (process.env.TOKENLAP_CONVERT_SCRIPT || undefined);
  const folders = [...pathFolders(), ...sourceFolders()];
  const candidates = named === undefined ? folders.map((folder) => join(folder, script)) : [named];
  const found = candidates.find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new UserError(named === undefined ? `there is no ${script} on the PATH` : `there is no ${script} at ${named}`, {
    exitCode: exitCodes.missing,
    remedy: `Name it with --convert-script PATH or TOKENLAP_CONVERT_SCRIPT: it lies in the source of llama.cpp.`,
  });
}

/** Where Python finds the script's own modules. */
export function convertPythonPath(path: string): string {
  return [join(dirname(path), 'gguf-py'), process.env.PYTHONPATH ?? ''].filter((part) => part !== '').join(delimiter);
}
