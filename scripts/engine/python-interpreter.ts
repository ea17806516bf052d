/**
 * Finds a Python that has what a framework needs: the one asked for, the framework's installed environment, a project's .venv,
 * or one of the system's.
 */
import { execFile } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { givenOptions, pythonOptions, textOption } from '../command-line/parsing/framework-options.ts';
import type { PythonFramework } from '../frameworks/framework.ts';
import { type Installation, variantPresences } from '../frameworks/installation.ts';
import { environmentPython, packagesText } from '../frameworks/python-environment/recipe.ts';
import type { FrameworkSettings } from '../settings/settings.ts';
import { EngineMissing } from './engine-failure.ts';

export interface Interpreter {
  path: string;
  version: string;
  /** 'numpy 2.4.6, torch 2.13.0+cpu': every package of an installed environment, those that are needed of any other. */
  packages: string;
  /** SHA-256 of the lock file of an installed environment; null: the interpreter is the user's own. */
  lock: string | null;
}

/** What the log has of it, in the build of the engine. */
export function interpreterFacts({ version, packages, lock }: Interpreter): Record<string, string | boolean> {
  return { python: version, managed: lock !== null, ...(lock === null ? {} : { lock }), packages };
}

/** What must be importable, and what to type where it is not. */
type PythonNeeds = Pick<PythonFramework, 'needs' | 'remedy'> & Partial<Pick<PythonFramework, 'name' | 'variants'>>;

interface Candidate {
  path: string;
  /** For the error: 'python3 (3.11.2) lacks torch'. */
  verdict: string;
  interpreter?: Interpreter;
}

/** The oldest Python whose syntax the engines are written in. */
const oldest = { major: 3, minor: 9 };
const probeTimeoutMs = 20_000;

const asks = `
import importlib.metadata, importlib.util, json, sys
def has(name):
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False
def version(name):
    try:
        return importlib.metadata.version(name)
    except Exception:
        return None
versions = {name: version(name) for name in sys.argv[1:]}
print(json.dumps({"path": sys.executable, "version": ".".join(map(str, sys.version_info[:3])),
                  "lacks": [name for name in sys.argv[1:] if not has(name)],
                  "versions": {name: found for name, found in versions.items() if found is not None}}))
`;

const found = new Map<string, Promise<Interpreter>>();

/**
 * The first candidate with all modules; asked once a process for the same needs.
 * @param given `python` and `pythonPath` of the framework's options
 * @throws EngineMissing with the candidates, what each lacks, and the remedy
 */
export function interpreterFor(
  framework: PythonNeeds,
  given: FrameworkSettings = givenOptions(pythonOptions, {}),
): Promise<Interpreter> {
  const key = [framework.name, given.python, given.pythonPath, ...framework.needs].join('\0');
  let search = found.get(key);
  if (search === undefined) {
    search = searchFor(framework, given);
    found.set(key, search);
    search.catch(() => found.delete(key));
  }
  return search;
}

async function searchFor(framework: PythonNeeds, given: FrameworkSettings): Promise<Interpreter> {
  const tried: string[] = [];
  for (const { path, installation } of await candidates(framework, textOption(given, 'python'))) {
    const { verdict, interpreter } = await examine(path, framework.needs, given);
    if (interpreter !== undefined) return installation === undefined ? interpreter : managed(interpreter, installation);
    tried.push(verdict);
  }
  throw new EngineMissing(
    `no Python here has ${new Intl.ListFormat('en').format(framework.needs)}: ${tried.join('; ')}`,
    framework.remedy,
  );
}

function managed(interpreter: Interpreter, { identity, facts }: Installation): Interpreter {
  return { ...interpreter, packages: `${facts.packages ?? interpreter.packages}`, lock: identity.lock ?? null };
}

interface Place {
  path: string;
  /** The environment that it belongs to; absent: it is the user's own. */
  installation?: Installation;
}

/** Whoever names one means that one and no other. */
async function candidates({ name, variants = [] }: PythonNeeds, asked: string | undefined): Promise<Place[]> {
  if (asked !== undefined) return [{ path: asked }];
  const environments: Place[] = [];
  if (name !== undefined) {
    const found = (await variantPresences({ name, variants })).flatMap(({ installed }) => installed ?? []);
    const newestFirst = found.sort((a, b) => (a.installedAt < b.installedAt ? 1 : -1));
    environments.push(
      ...newestFirst.map((installation) => ({ path: environmentPython(installation.folder), installation })),
    );
  }
  return [...environments, ...ownPythons.map((path) => ({ path }))];
}

const ownPythons =
  process.platform === 'win32'
    ? [join('.venv', 'Scripts', 'python.exe'), 'python', 'py']
    : [join('.venv', 'bin', 'python'), 'python3', '/usr/bin/python3', 'python'];

const answerSchema = z.object({
  path: z.string(),
  version: z.string(),
  lacks: z.array(z.string()),
  versions: z.record(z.string(), z.string()).default({}),
});

async function examine(path: string, needs: readonly string[], given: FrameworkSettings): Promise<Candidate> {
  try {
    const { stdout } = await promisify(execFile)(path, ['-c', asks, ...needs], {
      timeout: probeTimeoutMs,
      env: { ...process.env, ...pythonEnvironment(given) },
    });
    const answer = answerSchema.parse(JSON.parse(stdout));
    const [major = 0, minor = 0] = answer.version.split('.').map(Number);
    if (major < oldest.major || (major === oldest.major && minor < oldest.minor)) {
      return { path, verdict: `${path} is ${answer.version}, older than ${oldest.major}.${oldest.minor}` };
    }
    if (answer.lacks.length > 0) {
      return { path, verdict: `${path} (${answer.version}) lacks ${answer.lacks.join(', ')}` };
    }
    return {
      path,
      verdict: '',
      interpreter: {
        path: answer.path || path,
        version: answer.version,
        packages: packagesText(answer.versions),
        lock: null,
      },
    };
  } catch (error) {
    const absent = typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';
    return { path, verdict: absent ? `${path} is not there` : `${path} does not run` };
  }
}

/** Variables of every engine process: it reports to nobody. docs/privacy.md lists what leaves the machine. */
export const quietEnvironment: Readonly<Record<string, string>> = {
  // A common wish: https://consoledonottrack.com
  DO_NOT_TRACK: '1',
};

/** TOKENLAP_PYTHON_PATH goes before PYTHONPATH: a source checkout wins over an installed version. */
export function pythonEnvironment(given: FrameworkSettings = givenOptions(pythonOptions, {})): Record<string, string> {
  const path = [textOption(given, 'pythonPath'), process.env.PYTHONPATH].filter(
    (part) => part !== undefined && part !== '',
  );
  return {
    ...quietEnvironment,
    // What an engine needs it is given as a path: Hugging Face's libraries neither report nor look for anything.
    HF_HUB_DISABLE_TELEMETRY: '1',
    HF_HUB_OFFLINE: '1',
    TRANSFORMERS_OFFLINE: '1',
    PYTHONUTF8: '1',
    ...(path.length === 0 ? {} : { PYTHONPATH: path.join(delimiter) }),
  };
}
