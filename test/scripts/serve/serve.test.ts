/** The script as a person starts it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { script } from '../../fakes/script.ts';
import { scriptHere } from '../../fakes/script-here.ts';

const repository = resolve(import.meta.dirname, '../../..');

interface Ready {
  url: string;
  model: string;
  pid: number;
  enginePids: number[];
}

async function serve(...args: string[]) {
  const child = spawn(
    process.execPath,
    [
      '--import',
      import.meta.resolve('tsx'),
      'scripts/serve.ts',
      '--framework',
      'llamacpp',
      '--port',
      '0',
      '--json',
      ...args,
    ],
    { cwd: repository, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return { child, ready: JSON.parse(line) as Ready };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('serve.ts', () => {
  it('tells where it is, answers, and ends with its engine on SIGINT', async () => {
    const { child, ready } = await serve('--threads', '1');
    expect(ready).toMatchObject({ model: 'tokenlap-tiny-chat-f16', pid: child.pid });
    expect(ready.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1$/);
    for (const model of [ready.model, 'tiny', 'Tokenlap tiny chat', 'tiny-chat-f16.gguf', 'tiny-chat-f16']) {
      const response = await fetch(`${ready.url}/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model, prompt: 'Once', max_tokens: 3 }),
      });
      expect(await response.json()).toMatchObject({ model: ready.model, usage: { completion_tokens: 3 } });
    }
    child.kill('SIGINT');
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
    expect(ready.enginePids.filter(isAlive)).toEqual([]);
  });

  it('takes its engine with it when it is killed', async () => {
    const { child, ready } = await serve('--threads', '1');
    child.kill('SIGKILL');
    await once(child, 'exit');
    for (let waited = 0; ready.enginePids.some(isAlive) && waited < 100; waited++) {
      await new Promise((done) => setTimeout(done, 50));
    }
    expect(ready.enginePids.filter(isAlive)).toEqual([]);
  });

  it.each([
    { args: ['--host', '0.0.0.0'], code: 2, says: /TOKENLAP_API_KEY holds no key/ },
    { args: ['--host', '192.0.2.1', '--api-key-env', 'MY_KEY'], code: 2, says: /MY_KEY holds no key/ },
    { args: ['--port', '70000'], code: 2, says: /0 to 65535/ },
    { args: ['--framework', 'nope'], code: 2, says: /unknown framework "nope"/ },
    { args: ['--model', '/no/such/file.gguf'], code: 3, says: /neither a file nor a model/ },
  ])('refuses $args', async ({ args, code, says }) => {
    const ended = await scriptHere('scripts/serve.ts', args, { TOKENLAP_API_KEY: '', MY_KEY: '' });
    expect(ended.code).toBe(code);
    expect(ended.stderr).toMatch(says);
    expect(ended.stdout).toBe('');
  });

  it('says when the port is taken', async () => {
    const { ready } = await serve('--threads', '1');
    const { port } = new URL(ready.url);
    const ended = await script('scripts/serve.ts', ['--framework', 'llamacpp', '--port', port]);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toMatch(/the port is taken/);
  });
});
