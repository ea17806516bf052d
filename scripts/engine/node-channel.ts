/** An engine process of a framework that lives in Node. */

import { fork } from 'node:child_process';
import type { NodeFramework } from '../frameworks/framework.ts';
import type { EngineSettings } from '../settings/settings.ts';
import { type Channel, type ChannelEvents, onEnd, tailOf } from './channel.ts';
import { describeExit, EngineFailure } from './engine-failure.ts';
import type { EngineCode } from './node-bundle.ts';
import { quietEnvironment } from './quiet-environment.ts';

export function openNodeChannel(
  framework: NodeFramework,
  { host, execArgv }: Pick<EngineCode, 'host' | 'execArgv'>,
  settings: EngineSettings,
  events: ChannelEvents,
): Channel {
  const child = fork(host, [], {
    execArgv: [...execArgv],
    env: { ...process.env, ...quietEnvironment, ...framework.environment?.(settings) },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    serialization: 'json',
  });
  const printed = tailOf(child.stdout, child.stderr);
  child.on('message', events.message);
  onEnd(child, {
    exit: (exit) => events.ended(describeExit(framework.title, exit, printed())),
    error: ({ message }) =>
      events.ended(new EngineFailure(`the ${framework.title} engine did not start: ${message}`, 'Run `npm ci`.', '')),
  });
  return {
    pid: child.pid ?? 0,
    // An error means that the process is going; its end is told by the exit.
    send: (request) => void child.send(request, () => {}),
    kill: () => void child.kill('SIGKILL'),
    disconnect: () => {
      if (child.connected) child.disconnect();
    },
    printed,
  };
}
