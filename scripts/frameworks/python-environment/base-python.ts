/** Finds the Python that an environment is made with. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';
import { missingError } from '../../command-line/errors.ts';

/** Versions for which the lock files have packages. */
export const lockedPythons = { major: 3, oldestMinor: 11, newestMinor: 14 } as const;

export interface BasePython {
  path: string;
  /** '3.11.7'. */
  version: string;
}

const names =
  process.platform === 'win32'
    ? ['python', 'py']
    : [
        'python3',
        ...['3.13', '3.12', '3.11', '3.14'].map((version) => `python${version}`),
        '/usr/bin/python3',
        'python',
      ];

const probeTimeoutMs = 20_000;

const asks = `
import importlib.util, json, sys
print(json.dumps({"path": sys.executable, "version": ".".join(map(str, sys.version_info[:3])),
                  "venv": all(importlib.util.find_spec(name) is not None for name in ("venv", "ensurepip"))}))
`;

const answerSchema = z.object({ path: z.string(), version: z.string(), venv: z.boolean() });

/**
 * The first one of a version that the lock files cover.
 * @param asked no other one is looked for
 * @param withVenv it must have the module venv; uv makes environments without it
 * @throws UserError with what is wrong with each, and the next step
 */
export async function basePython(asked: string | undefined, withVenv: boolean): Promise<BasePython> {
  const faults: string[] = [];
  let lacksVenv = false;
  for (const name of asked === undefined ? names : [asked]) {
    const answer = await ask(name);
    if (answer === undefined) continue;
    const { path, version, venv } = answer;
    if (!isLocked(version)) faults.push(`${path} is ${version}`);
    else if (withVenv && !venv) {
      lacksVenv = true;
      faults.push(`${path} (${version}) has no venv module`);
    } else return { path, version };
  }
  const { major, oldestMinor, newestMinor } = lockedPythons;
  const range = `Python ${major}.${oldestMinor} to ${major}.${newestMinor}`;
  const found = faults.length === 0 ? `${asked ?? 'python3'} does not run` : [...new Set(faults)].join('; ');
  const remedy = lacksVenv
    ? 'Install the module (`sudo apt install python3-venv` on Debian and Ubuntu) or uv, or name another Python with --python PATH.'
    : `Install one of these versions, or name one with --python PATH.`;
  throw missingError(`an environment needs ${range}${withVenv ? ' with the venv module' : ''}: ${found}`, remedy);
}

function isLocked(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const { oldestMinor, newestMinor } = lockedPythons;
  return major === lockedPythons.major && minor >= oldestMinor && minor <= newestMinor;
}

/** Undefined where it is not there or does not run. */
async function ask(program: string): Promise<z.infer<typeof answerSchema> | undefined> {
  try {
    const { stdout } = await promisify(execFile)(program, ['-c', asks], { timeout: probeTimeoutMs });
    return answerSchema.parse(JSON.parse(stdout));
  } catch {
    return undefined;
  }
}
