/** An engine process of a framework that lives in Python: one JSON message a line, in on its stdin, out on its stdout. */

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { PythonFramework } from '../frameworks/framework.ts';
import type { EngineSettings } from '../settings/settings.ts';
import { type Channel, type ChannelEvents, onEnd, tailOf } from './channel.ts';
import { describeExit, EngineFailure } from './engine-failure.ts';
import { pythonEnvironment } from './python-environment.ts';
import type { Interpreter } from './python-interpreter.ts';

const host = fileURLToPath(new URL('./python/host.py', import.meta.url));

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
