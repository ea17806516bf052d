/** Our endpoint with the embedded model, a witness before it, and what clients of other people need to run beside it. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { script } from '../fakes/script.ts';
import { type Witness, witnessOf } from './witness.ts';

const repository = resolve(import.meta.dirname, '../..');
const readySchema = z.object({ url: z.string(), model: z.string() });
/** Each takes seconds; one that waits for the network would take minutes. */
const clientTimeoutMs = 240_000;

export interface Served extends AsyncDisposable {
  witness: Witness;
  model: string;
  /** The model's tokenizer, as transformers loads it. */
  tokenizer: string;
  /** Empty, and gone afterwards. */
  folder: string;
  /** A home folder for clients, so that they find nothing of this machine's owner. */
  home: string;
  /** Runs a module of the environment's Python to its end. @throws Error with its output when it fails */
  client(module: string, args: readonly string[]): Promise<string>;
}

/** @param python interpreter of the environment with the clients */
export async function serveForPeers(python: string): Promise<Served> {
  const folder = mkdtempSync(join(tmpdir(), 'tokenlap-peers-'));
  const tokenizer = join(folder, 'tokenizer');
  const exported = await script('scripts/models.ts', ['export', 'hf', 'tiny', '--to', tokenizer]);
  if (exported.code !== 0) throw new Error(`the tokenizer was not exported: ${exported.stderr}`);
  const { server, url, model } = await started();
  const witness = await witnessOf(new URL(url).origin);
  const home = join(folder, 'home');
  mkdirSync(home);
  return {
    ...{ witness, model, tokenizer, folder, home },
    client: (module, args) => runClient(python, ['-I', '-m', module, ...args], home),
    async [Symbol.asyncDispose]() {
      await witness[Symbol.asyncDispose]();
      if (server.exitCode === null) {
        server.kill('SIGTERM');
        await once(server, 'exit');
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function started(): Promise<{ server: ChildProcess; url: string; model: string }> {
  const options = ['--framework', 'llamacpp', '--size', 'tiny', '--threads', '1', '--port', '0', '--json'];
  const server = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), 'scripts/serve.ts', ...options], {
    cwd: repository,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const failed = once(server, 'exit').then(() => {
    throw new Error('the endpoint did not start');
  });
  const [line] = await Promise.race([once(createInterface({ input: server.stdout }), 'line'), failed]);
  failed.catch(() => {});
  return { server, ...readySchema.parse(JSON.parse(z.string().parse(line))) };
}

function runClient(python: string, args: readonly string[], home: string): Promise<string> {
  return new Promise((done, fail) => {
    const env = { ...process.env, ...clientVariables(home) };
    execFile(python, args, { cwd: home, env, timeout: clientTimeoutMs, maxBuffer: 64e6 }, (error, stdout, stderr) => {
      if (error === null) done(stdout);
      else fail(new Error(`${args.join(' ')}: ${error.message}\n${stdout}\n${stderr}`));
    });
  });
}

/** No hub, and no way out but to this machine: whoever tries finds a proxy that nobody answers at. */
function clientVariables(home: string): Record<string, string> {
  const nowhere = 'http://127.0.0.1:9';
  return {
    HOME: home,
    XDG_CACHE_HOME: join(home, '.cache'),
    HF_HOME: join(home, '.cache', 'huggingface'),
    ...{ HF_HUB_OFFLINE: '1', TRANSFORMERS_OFFLINE: '1', HF_DATASETS_OFFLINE: '1', HF_EVALUATE_OFFLINE: '1' },
    ...{ HTTP_PROXY: nowhere, HTTPS_PROXY: nowhere, http_proxy: nowhere, https_proxy: nowhere },
    ...{ NO_PROXY: '127.0.0.1,localhost', no_proxy: '127.0.0.1,localhost' },
    ...{ PYTHONUTF8: '1', TOKENIZERS_PARALLELISM: 'false', COLUMNS: '200' },
  };
}

/** @throws ZodError for what is not of the shape that the tests rely on */
export function readJson<S extends z.ZodType>(schema: S, path: string): z.infer<S> {
  return schema.parse(JSON.parse(readFileSync(path, 'utf8')));
}
