/** Nothing leaves the machine, and nothing is written but where it belongs: runs of every engine and of the report, traced. */
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { interpreterFor } from '../../../scripts/engine/python-interpreter.ts';
import { frameworkNamed } from '../../../scripts/frameworks/registry.ts';
import { skipped } from '../../fakes/skipped.ts';
import { callsIn, canTrace, environmentIn, scriptCommand, trace, writesIn } from '../../fakes/traced.ts';
import { libraryBytes, writeModel, writeWebLlmDouble } from '../frameworks/mlc/mlc-folders.ts';
import { present } from '../frameworks/present.ts';
import { itInBrowser } from './browser/in-browser.ts';

const reason = process.platform === 'linux' ? await canTrace() : 'strace is for Linux';
const absent = reason !== undefined && process.env.CI === undefined;
const tracing = describe.skipIf(
  skipped(absent, `the tracing of every engine: ${reason}. Install it: apt install strace`),
);

const folder = mkdtempSync(join(tmpdir(), 'tokenlap-silence-'));
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
const model = resolve(import.meta.dirname, '../../../configs/tiny/tiny-chat-f16.gguf');
const short = ['--max-tokens', '4', '--warmup', '0', '--min-seconds', '0'];

function filesIn(place: string): string[] {
  return readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(place.length + 1));
}

async function expectSilence(name: string, args: readonly string[], environment: Record<string, string> = {}) {
  const place = join(folder, name);
  environmentIn(place);
  const output = join(place, 'output');
  const command = scriptCommand(`scripts/${name}-benchmark.ts`, ...args, '--output', output);
  const traced = await trace(place, command, environment, [model]);
  expect(traced.code, traced.stderr).toBe(0);
  expect(traced.calls).toEqual([]);
  expect(traced.writes).toEqual([]);
  expect(filesIn(output).some((path) => path.startsWith(`raw/${name}/`))).toBe(true);
  // Compiled kernels are kept for the next run, where every program on the machine finds them.
  const kernels = /^\.cache\/tinygrad\/cache\.db(-\w+)?$/;
  expect(filesIn(join(place, 'home')).filter((path) => !kernels.test(path))).toEqual([]);
}

/** The installed environments are in this machine's cache, and the run has a cache of its own. */
async function interpreterOf(name: string): Promise<Record<string, string>> {
  const framework = frameworkNamed(name);
  return framework.host === 'python' ? { TOKENLAP_PYTHON: (await interpreterFor(framework)).path } : {};
}

tracing('a run of', { timeout: 300_000 }, () => {
  it.for(['llamacpp', 'onnx', 'pytorch', 'tinygrad', 'hybrid', 'openvino', 'transformers', 'openai'])(
    '%s calls nobody',
    async (name, { skip }) => {
      // Without an address the server is our own, which the run starts.
      if (name !== 'openai') skip(!(await present(frameworkNamed(name))));
      await expectSilence(name, ['--size', 'tiny', '--threads', '1', ...short], await interpreterOf(name));
    },
  );

  itInBrowser('mlc in a browser calls nobody', async () => {
    const made = join(folder, 'mlc-files');
    writeModel(join(made, 'model'));
    const library = join(made, 'library.wasm');
    writeFileSync(library, libraryBytes('TVMFFIWasmSafeCall'));
    const environment = {
      TOKENLAP_WEB_LLM: await writeWebLlmDouble(join(made, 'web-llm')),
      TOKENLAP_MODEL_LIB: library,
    };
    await expectSilence('mlc', ['--model', join(made, 'model'), '--device', 'webgpu', ...short], environment);
  });

  it.each([
    ['the tables', 'collate/all.ts', /\.csv$/],
    ['charts and reports, the PDF among them', 'plots/generate.ts', /report\.pdf$/],
    ['the slides', 'plots/presentation.ts', /presentation\.pdf$/],
    ['the dashboard', 'plots/dashboard.ts', /dashboard\.html$/],
  ] as const)('%s calls nobody', async (_what, script, makes) => {
    const place = join(folder, 'report');
    environmentIn(place);
    const output = join(place, 'output');
    cpSync(join(folder, 'llamacpp', 'output'), output, { recursive: true });
    const traced = await trace(place, scriptCommand(script, '--output', output));
    expect(traced.code, traced.stderr).toBe(0);
    expect({ calls: traced.calls, writes: traced.writes }).toEqual({ calls: [], writes: [] });
    expect(filesIn(output).some((path) => makes.test(path))).toBe(true);
    expect(filesIn(join(place, 'home'))).toEqual([]);
  });
});

tracing('npx', () => {
  it('in this repository asks nobody for a newer npm', async () => {
    const place = join(folder, 'npx');
    const traced = await trace(place, ['npx', 'tsx', 'scripts/models.ts', 'list']);
    expect(traced).toMatchObject({ code: 0, calls: [], writes: [] });
  });
});

tracing('the trace itself', () => {
  it('sees a look-up, a call and a file in the home of a program that is not silent', async () => {
    const place = join(folder, 'loud');
    const { HOME = '' } = environmentIn(place);
    const loud = join(place, 'loud.ts');
    writeFileSync(
      loud,
      `import { createSocket } from 'node:dgram';
       import { connect } from 'node:net';
       import { mkdirSync, writeFileSync } from 'node:fs';
       mkdirSync(process.env.HOME + '/.loud');
       writeFileSync(process.env.HOME + '/.loud/id', '4711');
       const socket = createSocket('udp4');
       socket.on('error', () => {});
       socket.send('?', 53, '127.0.0.1', () => socket.close());
       connect(443, '203.0.113.7').on('error', () => {}).setTimeout(50, function () { this.destroy(); });
       `,
    );
    const { calls } = await trace(place, scriptCommand(loud));
    expect(calls.sort()).toEqual(['127.0.0.1 port 53', '203.0.113.7 port 443']);
    expect(filesIn(HOME)).toEqual(['.loud/id']);
  });

  it.each([
    ['1 connect(3<TCP:[9]>, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("127.0.0.1")}, 16) = 0', []],
    ['1 connect(3<UNIX:[9]>, {sa_family=AF_UNIX, sun_path="/run/x"}, 16) = 0', []],
    [
      '1 connect(3<UDPv6:[9]>, {sa_family=AF_INET6, sin6_port=htons(443), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "2001:4860:4860::8888", &sin6_addr)}, 28) = 0',
      [],
    ],
    [
      '1 connect(3<TCPv6:[9]>, {sa_family=AF_INET6, sin6_port=htons(443), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "2001:4860:4860::8888", &sin6_addr)}, 28) = 0',
      ['2001:4860:4860::8888 port 443'],
    ],
    [
      '1 sendto(3<UDPv6:[[::1]:5->[2001:4860:4860::8888]:443]>, "x", 1, 0, NULL, 0) = 1',
      ['2001:4860:4860::8888 port 443'],
    ],
    ['1 sendto(3<UDP:[127.0.0.1:5->127.0.0.53:53]>, "x", 1, 0, NULL, 0) = 1', ['127.0.0.53 port 53']],
    [
      '1 sendmsg(3<UDP:[9]>, {msg_name={sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("10.0.0.1")}}, 0) = 1',
      ['10.0.0.1 port 53'],
    ],
  ])('reads %s', (line, calls) => {
    expect(callsIn([line])).toEqual(calls);
  });

  it.each([
    ['1 openat(AT_FDCWD</x>, "/home/a", O_WRONLY|O_CREAT|O_TRUNC, 0666) = 3</home/a>', ['/home/a']],
    ['1 openat(AT_FDCWD</x>, "/home/a", O_WRONLY|O_CREAT, 0666 <unfinished ...>', ['/home/a']],
    ['1 openat(AT_FDCWD</x>, "/home/a", O_RDONLY|O_CLOEXEC) = 3</home/a>', []],
    ['1 openat(AT_FDCWD</x>, "/home/a", O_WRONLY|O_CREAT, 0666) = -1 EACCES (Permission denied)', []],
    ['1 mkdir("/home/a/b", 0777) = 0', ['/home/a/b']],
    ['1 rename("/own/a", "/home/a") = 0', ['/home/a']],
    ['1 openat(AT_FDCWD</x>, "/own/a", O_WRONLY|O_CREAT, 0666) = 3</own/a>', []],
  ])('reads %s', (line, writes) => {
    expect(writesIn([line], ['/own'])).toEqual(writes);
  });
});
