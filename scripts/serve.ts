/**
 * An OpenAI-compatible endpoint over any framework of the registry: /v1/chat/completions, /v1/completions, /v1/models, /tokenize,
 * /detokenize, /tokenizer_info, /health, /metrics. It writes no files that outlive a request; what clients send is neither stored
 * nor printed.
 *
 *   npx tsx scripts/serve.ts --size tiny
 *   npx tsx scripts/serve.ts --framework llamacpp --size 1B --port 9000
 */
import { once } from 'node:events';
import { usageError } from './command-line/errors.ts';
import { bytes } from './command-line/format.ts';
import { interruptSignal } from './command-line/interrupt.ts';
import { realNumber, wholeNumber } from './command-line/options.ts';
import { program, run } from './command-line/program.ts';
import { paint, print, say, warn } from './command-line/terminal.ts';
import { firstWorkingFramework } from './engine/engine.ts';
import { frameworks } from './frameworks/registry.ts';
import { usableCores } from './machine/facts/host.ts';
import { withModelOptions } from './models/model-options.ts';
import { type CommandWork, prepareRun, withWork } from './run/prepare.ts';
import { frameworkList, frameworksNamed, withEngineOptions } from './run/run-options.ts';
import { isLoopback } from './serve/admission.ts';
import { aliasesOf, type Endpoint, nameOf, openEndpoint, vocabularySize } from './serve/endpoint.ts';
import { defaults } from './settings/defaults.ts';

await run(serve);

async function serve(): Promise<void> {
  const options = serveOptions().parse().opts();
  const apiKey = keyFor(options.host, options.apiKeyEnv);
  const signal = AbortSignal.any([interruptSignal('Stopping: what has begun may end.'), parentGone()]);
  const candidates = await frameworksNamed(options.framework, options);
  const [only] = candidates;
  const framework = candidates.length === 1 && only !== undefined ? only : await firstWorkingFramework(candidates);
  const prepare = async ({ line, ...world }: CommandWork): Promise<Endpoint> => {
    // Engines that work at the same time share the cores.
    const { parallel, threads = Math.max(1, Math.floor((await usableCores()) / parallel)) } = options;
    const { model, settings } = await prepareRun(framework, { ...options, threads }, world);
    if (parallel > 1) {
      const most = `${parallel} times ${bytes(model.record.fileBytes)}`;
      warn(`${parallel} engines hold a copy each: up to ${most} of weights, and their caches`);
    }
    line.stage(`starting ${framework.title}`);
    return openEndpoint(
      {
        config: { framework, model, settings, timeoutMs: options.timeoutSeconds * 1000 },
        engines: parallel,
        queueLimit: options.queue,
        modelId: options.modelName ?? nameOf(model.record),
        aliases: aliasesOf(model),
        vocabulary: await vocabularySize(framework, model.path),
        host: options.host,
        port: options.port,
        apiKey,
        defaults: { temperature: options.temperature, reusePrefix: options.reusePrefix },
        limits: {
          answerTokens: options.maxTokens,
          bodyBytes: options.maxBody,
          connections: options.maxConnections,
          requestMs: options.clientTimeout * 1000,
          stallMs: options.clientTimeout * 1000,
        },
      },
      (fraction) => line.update(fraction, 1),
    );
  };
  const endpoint = await withWork(`preparing ${framework.title}`, prepare, signal);
  tellReady(endpoint, options.json);
  if (!signal.aborted) await once(signal, 'abort');
  await endpoint.close(options.grace * 1000);
}

/** Aborted when the script that started this one is gone; never, where a person started it. */
function parentGone(): AbortSignal {
  const gone = new AbortController();
  process.once('disconnect', () => gone.abort());
  return gone.signal;
}

function serveOptions() {
  const script = 'npx tsx scripts/serve.ts';
  const command = program(
    'serve',
    'An OpenAI-compatible endpoint over any framework: chat completions, completions, models, health, metrics.',
    [
      [`${script} --size tiny`, 'the embedded model on http://127.0.0.1:8080/v1'],
      [`${script} --framework llamacpp --size 1B --port 0 --json`, 'any free port; prints URL and model as JSON'],
      [`${script} --framework llamacpp --size 1B --sequences 4`, 'four answers at a time by one engine'],
      [`${script} --size 1B --parallel 2`, 'two answers at a time, by two engines'],
      [`TOKENLAP_API_KEY=... ${script} --host 0.0.0.0`, 'for other machines too: a key is needed'],
    ],
  )
    .option(
      '--framework <list>',
      'the first of these that works',
      frameworkList,
      frameworks.map(({ name }) => name),
    )
    .option('--host <address>', 'address to listen on; any but loopback needs a key', '127.0.0.1')
    .option('--port <n>', 'port to listen on; 0: any free one', wholeNumber(0, 65_535), 8080)
    .option(
      '--api-key-env <name>',
      'environment variable with the key that every request must bring',
      'TOKENLAP_API_KEY',
    )
    .option('--model-name <name>', 'name of the model in requests (default: made of its name and format)')
    .option(
      '--parallel <n>',
      'engine processes, each with a copy of the model: answers at a time',
      wholeNumber(1, 64),
      1,
    )
    .option(
      '--sequences <n>',
      'answers that each engine gives at a time from one copy, where the framework can',
      wholeNumber(1, 64),
      1,
    )
    .option('--queue <n>', 'requests that may wait; more get 429', wholeNumber(0, 100_000), 64)
    .option('--max-tokens <n>', 'most tokens of an answer (default: what the context has room for)', wholeNumber(1))
    .option('--temperature <t>', 'for requests that set none; 0 is greedy', realNumber(0, 2), defaults.temperature)
    .option('--reuse-prefix', 'keep what a prompt shares with the one before in the KV cache', false)
    .option('--max-body <bytes>', 'largest body of a request', wholeNumber(1024), 1024 * 1024)
    .option('--max-connections <n>', 'open connections; idle ones make room for new ones', wholeNumber(1, 65_535), 1024)
    .option(
      '--client-timeout <seconds>',
      'longest time to send a request, or to leave an answer unread',
      wholeNumber(1),
      30,
    )
    .option('--grace <seconds>', 'how long answers may still run after Ctrl-C', wholeNumber(0), 10)
    .option('--json', 'print one line of JSON when ready: url, model, pid', false);
  return withEngineOptions(withModelOptions(command));
}

/** @throws UserError when others could come in without a key */
function keyFor(host: string, variable: string): string | undefined {
  const key = process.env[variable];
  if (key !== undefined && key !== '') return key;
  if (isLoopback(host)) return undefined;
  throw usageError(
    `${host} is open to other machines, and ${variable} holds no key`,
    `Set one, for instance: ${variable}=$(openssl rand -hex 32) npx tsx scripts/serve.ts ..., or leave --host out.`,
  );
}

function tellReady({ url, service }: Endpoint, json: boolean): void {
  const { model, pool } = service;
  if (json) {
    const { id, framework, version } = model;
    const enginePids = pool.engines.map(({ pid }) => pid);
    const { effective } = pool.slots[0]?.loaded ?? {};
    print(JSON.stringify({ url, model: id, pid: process.pid, framework, version, enginePids, effective }));
    return;
  }
  say(`${paint('bold', url, process.stderr)} answers with ${model.id} in ${model.version}`);
  const body = `{"model":"${model.id}","messages":[{"role":"user","content":"Why is the sky blue?"}]}`;
  const call = `curl ${url}/chat/completions -H 'content-type: application/json' -d '${body}'`;
  say(paint('dim', call, process.stderr));
}
