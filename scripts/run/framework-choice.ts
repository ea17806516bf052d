/** `--frameworks`: named ones are run, or reported, as asked; `auto` is every one that works here. */
import { exitCodes, UserError } from '../command-line/errors.ts';
import { commaList, suggesting } from '../command-line/options.ts';
import { probeFramework } from '../engine/probe.ts';
import type { Framework } from '../frameworks/framework.ts';
import { frameworkNamed, frameworkNames, frameworks, serverNamed } from '../frameworks/registry.ts';
import type { NotRun } from './not-run.ts';

/** Every framework that works here, in order of preference, and why the others do not. */
async function workingFrameworks(
  candidates: readonly Framework[],
): Promise<{ working: Framework[]; missing: Array<{ framework: Framework; reason: string; remedy: string }> }> {
  const working: Framework[] = [];
  const missing: Array<{ framework: Framework; reason: string; remedy: string }> = [];
  for (const framework of candidates) {
    const availability = await probeFramework(framework);
    if (availability.status === 'available') working.push(framework);
    else missing.push({ framework, reason: availability.reason, remedy: availability.remedy });
  }
  return { working, missing };
}

/** Names of frameworks and servers, separated by commas. */
export const frameworkList = suggesting(commaList, () => ['auto', ...frameworkNames()]);
/** One of them. */
export const frameworkWord = suggesting(String, frameworkNames);

/** @throws UserError for a name that does not exist, or a server that does not answer */
export async function chooseFrameworks(names: readonly string[]): Promise<{ chosen: Framework[]; notRun: NotRun[] }> {
  if (!names.includes('auto')) return { chosen: await frameworksToRun(names), notRun: [] };
  const { working, missing } = await workingFrameworks(frameworks);
  return {
    chosen: working,
    notRun: missing.map(({ framework, reason, remedy }) => ({
      framework: framework.name,
      quantize: '-',
      status: 'missing',
      reason,
      remedy,
    })),
  };
}

async function frameworksToRun(names: readonly string[]): Promise<Framework[]> {
  const chosen = await frameworksNamed(names);
  for (const framework of chosen) meetNamed(framework);
  return chosen;
}

/** The one that a person named. @throws UserError as chooseFrameworks */
export async function oneFrameworkNamed(name: string): Promise<Framework> {
  const framework = frameworkNamed(name);
  await meetServersNamed([name]);
  return framework;
}

/** Each once; the client of a server that is named asks it at its usual address, unless the person says another. */
export async function frameworksNamed(names: readonly string[]): Promise<Framework[]> {
  const chosen = names.map(frameworkNamed);
  await meetServersNamed(names);
  return [...new Set(chosen)];
}

/** @throws UserError for a server that does not answer, or for two in place of one */
export async function meetServersNamed(names: readonly string[]): Promise<void> {
  const [server, other] = new Set(names.flatMap((name) => serverNamed(name) ?? []));
  if (server === undefined) return;
  if (other !== undefined) {
    throw new UserError(`${server.title} and ${other.title} are both servers, and a command asks one`, {
      exitCode: exitCodes.usage,
      remedy: 'Measure each by itself; collate/analyze.ts compares them.',
    });
  }
  const { title, url, start, addressVariable } = server;
  if ((process.env[addressVariable] ?? '') !== '') return;
  if (!(await answers(url))) {
    throw new UserError(`${title} does not answer at ${url}`, {
      exitCode: exitCodes.missing,
      remedy: `Start it, \`${start}\`, or say where it is: --url URL.`,
    });
  }
  process.env[addressVariable] = url;
}

const patienceMs = 2000;

/** Whatever it says: that it is the right one shows when it is asked for its models. */
async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(patienceMs) });
    await response.body?.cancel();
    return true;
  } catch {
    return false;
  }
}

/** Gives a framework that a person named what it must be told, where nobody has. */
export function meetNamed({ whenNamed = {} }: Framework): void {
  for (const [variable, value] of Object.entries(whenNamed)) process.env[variable] ||= value;
}
