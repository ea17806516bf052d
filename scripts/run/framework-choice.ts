/** `--frameworks`: named ones are run, or reported, as asked; `auto` is every one that works here. */
import { missingError, usageError } from '../command-line/errors.ts';
import { commaList, suggesting } from '../command-line/options.ts';
import { probeFramework } from '../engine/engine.ts';
import type { Framework, KnownServer } from '../frameworks/framework.ts';
import { configured, frameworkNamed, frameworkNames, frameworks, serverNamed } from '../frameworks/registry.ts';
import type { NotRun } from './refusal.ts';

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

/**
 * @param typed values of the command's options, those of frameworks among them
 * @throws UserError for a name that does not exist, or a server that does not answer
 */
export async function chooseFrameworks(
  names: readonly string[],
  typed: object,
): Promise<{ chosen: Framework[]; notRun: NotRun[] }> {
  if (!names.includes('auto')) {
    return { chosen: (await frameworksNamed(names, typed)).map(withNamedDefaults), notRun: [] };
  }
  const { working, missing } = await workingFrameworks(frameworks.map((framework) => configured(framework, typed)));
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

/** The one that a person named. @throws UserError as chooseFrameworks */
export async function oneFrameworkNamed(name: string, typed: object, named = frameworkNamed): Promise<Framework> {
  return withServer(configured(named(name), typed), serverAmong([name]));
}

/** Each once; the client of a server that is named asks it at its usual address, unless the person gives another. */
export async function frameworksNamed(names: readonly string[], typed: object): Promise<Framework[]> {
  const server = serverAmong(names);
  const chosen = new Set(names.map((name) => frameworkNamed(name)));
  return Promise.all([...chosen].map((framework) => withServer(configured(framework, typed), server)));
}

/** @throws UserError for two servers in place of one */
export function serverAmong(names: readonly string[]): KnownServer | undefined {
  const [server, other] = new Set(names.flatMap((name) => serverNamed(name) ?? []));
  if (server === undefined || other === undefined) return server;
  throw usageError(
    `${server.title} and ${other.title} are both servers, and a command asks one`,
    'Measure each by itself; collate/analyze.ts compares them.',
  );
}

/** @throws UserError for a server that does not answer at its usual address, where none was given */
async function withServer(framework: Framework, server: KnownServer | undefined): Promise<Framework> {
  if (server === undefined || framework.servers?.includes(server) !== true) return framework;
  const { title, url, start, addressOption } = server;
  if (framework.given?.[addressOption] !== undefined) return framework;
  if (!(await answers(url))) {
    throw missingError(`${title} does not answer at ${url}`, `Start it, \`${start}\`, or say where it is: --url URL.`);
  }
  return { ...framework, given: { ...framework.given, [addressOption]: url } };
}

/** What a framework that a person named must be told, where nobody has. */
export function withNamedDefaults(framework: Framework): Framework {
  return { ...framework, given: { ...framework.whenNamed, ...framework.given } };
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
