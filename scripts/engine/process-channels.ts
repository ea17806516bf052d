/** Engine processes of frameworks that live in Node and in Python, each with its channel. */

import { fork, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { EngineSettings, NodeFramework, PythonFramework } from '../frameworks/framework.ts';
import { type Channel, type ChannelEvents, onEnd, quietEnvironment, tailOf } from './channel.ts';
import type { EngineCode } from './engine-code.ts';
import { describeExit, EngineFailure } from './engine-failure.ts';
import { type Interpreter, pythonEnvironment } from './python-interpreter.ts';

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

const host = fileURLToPath(new URL('./python/host.py', import.meta.url));

/** One JSON message a line, in on its stdin, out on its stdout. */
export function openPythonChannel(
  framework: PythonFramework,
  interpreter: Interpreter,
  settings: EngineSettings,
  events: ChannelEvents,
): Channel {
  const { title } = framework;
  const child = spawn(interpreter.path, ['-u', host], {
    env: { ...process.env, ...pythonEnvironment(settings.framework), ...framework.environment?.(settings) },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const printed = tailOf(child.stderr);
  createInterface({ input: child.stdout }).on('line', (line) => events.message(parsed(line)));
  // A pipe that breaks means that the process is going; its end is told by the exit.
  child.stdin.on('error', () => {});
  onEnd(child, {
    exit: (exit) => events.ended(describeExit(title, exit, printed())),
    error: ({ message }) =>
      events.ended(
        new EngineFailure(`the ${title} engine did not start: ${message}`, 'Choose a Python with --python PATH.', ''),
      ),
  });
  return {
    pid: child.pid ?? 0,
    send: (request) => void child.stdin.write(`${JSON.stringify(request)}\n`),
    kill: () => void child.kill('SIGKILL'),
    disconnect: () => child.stdin.end(),
    printed,
  };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return line;
  }
}
