/** Runs a command under strace, in an empty home, and tells whom it called and what it wrote where. */
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const repository = resolve(import.meta.dirname, '../..');
const traced = 'connect,sendto,sendmsg,sendmmsg,openat,open,creat,mkdir,mkdirat,rename,renameat,renameat2,symlink,link';

export interface Trace {
  code: number;
  stderr: string;
  /** Addresses beyond this machine that were called, and questions to a name server wherever it is. */
  calls: string[];
  /** Files and folders that were made outside of the run's own folder. */
  writes: string[];
}

/** Whether strace is here, and may be used. */
export async function canTrace(): Promise<string | undefined> {
  try {
    await promisify(execFile)('strace', ['--seccomp-bpf', '-f', '-qq', '-o', '/dev/null', 'true']);
    return undefined;
  } catch (error) {
    return `strace cannot be used: ${error instanceof Error ? error.message.split('\n')[0] : error}`;
  }
}

/** Without what vitest and the npm that started it have set: DEV, which tinygrad takes for a device, and npm's folders. */
function inherited(): NodeJS.ProcessEnv {
  const foreign = /^(npm_|VITEST|DEV$|PROD$|MODE$|NODE_ENV$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}

/** Where a run may write: HOME and the XDG folders are `home`, the temporary folder is `tmp`, the output `output`. */
export function environmentIn(folder: string): Record<string, string> {
  const home = join(folder, 'home');
  for (const name of ['home', 'tmp', 'cache', 'output']) mkdirSync(join(folder, name), { recursive: true });
  return {
    HOME: home,
    XDG_CACHE_HOME: join(home, '.cache'),
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_DATA_HOME: join(home, '.local/share'),
    XDG_STATE_HOME: join(home, '.local/state'),
    TMPDIR: join(folder, 'tmp'),
    TOKENLAP_CACHE: join(folder, 'cache'),
  };
}

/** The command that starts a script of the repository. */
export function scriptCommand(path: string, ...args: readonly string[]): string[] {
  return [process.execPath, '--import', import.meta.resolve('tsx'), resolve(repository, path), ...args];
}

/** @param given files outside of the folder that are named to the command, which may open but not replace them */
export async function trace(
  folder: string,
  command: readonly string[],
  environment: Record<string, string> = {},
  given: readonly string[] = [],
): Promise<Trace> {
  const log = join(folder, 'trace');
  const options = ['--seccomp-bpf', '-f', '-qq', '-yy', '-e', 'signal=none', '-e', `trace=${traced}`, '-o', log];
  const { code, stderr } = await new Promise<{ code: number; stderr: string }>((done) => {
    execFile(
      'strace',
      [...options, ...command],
      {
        cwd: repository,
        env: { ...inherited(), ...environmentIn(folder), ...environment },
        maxBuffer: 64 * 1024 * 1024,
      },
      (error, _stdout, said) =>
        done({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 1, stderr: said }),
    );
  });
  const lines = readFileSync(log, 'utf8').split('\n');
  return { code, stderr, calls: callsIn(lines), writes: writesIn(lines, [folder, '/dev', '/proc', ...given]) };
}

const address = /sin6?_port=htons\((\d+)\).*?inet_(?:addr\(|pton\(AF_INET6, )"([^"]+)"/;
const loopback = /^(127\.|::1$|::ffff:127\.)/;
/**
 * Chromium has the kernel choose a way to this address, to see whether there is IPv6. A datagram socket that is connected
 * sends nothing; were something sent, it would be a line of its own.
 */
const wayAsked = /^\d+ +connect\(\d+<UDPv6:.*"2001:4860:4860::8888"/;

export function callsIn(lines: readonly string[]): string[] {
  const calls = lines.flatMap((line) => {
    const [, port, host = ''] = address.exec(line) ?? [];
    const sent = /^\d+ +(?:sendto|sendmsg|sendmmsg)\(\d+<[^>]*->(?:\[([^\]]+)\]|([\d.]+)):(\d+)\]>/.exec(line);
    const [, six, four, sentPort] = sent ?? [];
    const called = port === undefined ? (six ?? four ?? '') : host;
    const calledPort = port ?? sentPort ?? '';
    if (called === '' || wayAsked.test(line)) return [];
    return loopback.test(called) && calledPort !== '53' ? [] : [`${called} port ${calledPort}`];
  });
  return [...new Set(calls)];
}

const made =
  /^\d+ +(?:(?:openat|open)\((?:\w+(?:<[^>]*>)?, )?"([^"]+)", [A-Z_|]*O_CREAT|(?:creat|mkdir)\("([^"]+)"|mkdirat\([^,]+, "([^"]+)"|(?:rename|link|symlink)\("[^"]+", "([^"]+)"|renameat2?\([^,]+, "[^"]+", [^,]+, "([^"]+)")/;

/** @param allowed folders and files */
export function writesIn(lines: readonly string[], allowed: readonly string[]): string[] {
  const paths = lines.flatMap((line) => {
    if (/= -1 E\w+/.test(line)) return [];
    const path = made
      .exec(line)
      ?.slice(1)
      .find((candidate) => candidate !== undefined);
    return path === undefined ? [] : [resolve(repository, path)];
  });
  // Python keeps what it compiled of our modules beside them.
  const compiled = (path: string) => path.startsWith(join(repository, 'scripts')) && path.includes('/__pycache__');
  const isAllowed = (path: string) =>
    compiled(path) || allowed.some((place) => path === place || path.startsWith(`${place}/`));
  return [...new Set(paths)].filter((path) => !isAllowed(path));
}
