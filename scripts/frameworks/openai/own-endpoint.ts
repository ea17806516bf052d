/** Our own endpoint in a process of its own, as a person starts it: what a measurement over HTTP talks to. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { UserError } from '../../command-line/errors.ts';
import { optionName, pythonOptions, textOption } from '../../command-line/parsing/framework-options.ts';
import { longName } from '../../settings/setting.ts';
import { type EngineSettings, engineSettingNames, settingOf } from '../../settings/settings.ts';
import type { EffectiveSettings } from '../framework.ts';
import { comparedBuildSchema, comparedSettingsSchema, effectiveSchema } from '../messages.ts';

export interface OwnEndpoint extends AsyncDisposable {
  url: string;
  /** Facts of the engine behind it. */
  effective: EffectiveSettings;
}

export interface EndpointRequest {
  /** Name of the framework behind it; absent: the first one that works. */
  framework?: string;
  modelPath: string;
  settings: EngineSettings;
}

const serveScript = fileURLToPath(new URL('../../serve.ts', import.meta.url));
const readySchema = z.object({
  url: z.string(),
  effective: effectiveSchema.extend({ settings: comparedSettingsSchema, build: comparedBuildSchema }),
});
const keptLines = 5;
const closeTimeoutMs = 10_000;

/** @throws UserError with its last words when it ends before it is ready */
export async function startOwnEndpoint(request: EndpointRequest): Promise<OwnEndpoint> {
  const child = spawn(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), serveScript, ...serveArguments(request)],
    // The channel carries no messages: its end tells the endpoint that its parent process is gone.
    { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
  );
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error('both are pipes');
  const killWithUs = () => void child.kill('SIGKILL');
  process.once('exit', killWithUs);
  const said: string[] = [];
  createInterface({ input: stderr }).on('line', (line) => {
    said.push(line);
    if (said.length > keptLines) said.shift();
  });
  const exited = once(child, 'exit');
  const line = await Promise.race([once(createInterface({ input: stdout }), 'line'), exited.then(() => undefined)]);
  if (line === undefined) {
    process.off('exit', killWithUs);
    throw new UserError(`the endpoint did not start: ${said.join(' ')}`, {
      remedy: 'Start it by hand to see more: npx tsx scripts/serve.ts.',
    });
  }
  return {
    ...readySchema.parse(JSON.parse(String(line[0]))),
    async [Symbol.asyncDispose]() {
      process.off('exit', killWithUs);
      const limit = setTimeout(() => child.kill('SIGKILL'), closeTimeoutMs);
      child.kill('SIGTERM');
      await exited;
      clearTimeout(limit);
    },
  };
}

/** The options of the endpoint's command line; every setting of the engine is one. */
function serveArguments({ framework, modelPath, settings }: EndpointRequest): string[] {
  return [
    '--json',
    ...(framework === undefined ? [] : ['--framework', framework]),
    '--model',
    modelPath,
    '--port',
    '0',
    ...engineSettingNames.flatMap((name) => typed(`--${longName(settingOf(name))}`, settings[name])),
    // Its own options a framework takes from the environment; these are options of the endpoint too.
    ...pythonOptions.flatMap((option) =>
      typed(`--${longName(option)}`, textOption(settings.framework, optionName(option))),
    ),
  ];
}

function typed(flag: string, value: string | number | boolean | undefined): string[] {
  if (value === undefined || value === false) return [];
  return value === true ? [flag] : [flag, String(value)];
}
