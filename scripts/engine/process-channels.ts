/** What carries messages between harness and engine process, and the processes of frameworks that live in Node and in Python. */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { EngineSettings, NodeFramework, PythonFramework } from '../frameworks/framework.ts';
import type { EngineRequest } from '../frameworks/messages.ts';
import type { EngineCode } from './engine-code.ts';
import { describeExit, EngineFailure, onEnd, tailOf } from './engine-failure.ts';
import { type Interpreter, pythonEnvironment, quietEnvironment } from './python-interpreter.ts';

export interface Channel {
  /** 0 when the process did not start. */
  readonly pid: number;
  send(request: EngineRequest): void;
  kill(): void;
  /** Signals that no request will follow; the process then ends by itself. */
  disconnect(): void;
  /** The end of what the process printed. */
  printed(): string;
}

export interface ChannelEvents {
  /** Receives messages that are not yet checked: a line that is not JSON arrives as text. */
  message(raw: unknown): void;
  /** Called once, when the process is gone or never came. */
  ended(failure: EngineFailure): void;
}

export type OpenChannel = (events: ChannelEvents) => Channel;

export function nodeChannel(
  framework: NodeFramework,
  { host, execArgv }: Pick<EngineCode, 'host' | 'execArgv'>,
  settings: EngineSettings,
): OpenChannel {
  return (events) => {
    const child = fork(host, [], {
      execArgv: [...execArgv],
      env: { ...process.env, ...quietEnvironment, ...framework.environment?.(settings) },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      serialization: 'json',
    });
    const printed = tailOf(child.stdout, child.stderr);
    child.on('message', events.message);
    reportEnd(child, framework, 'Run `npm ci`.', printed, events);
    return {
      pid: child.pid ?? 0,
      // An error means that the process is ending; its exit is reported separately.
      send: (request) => void child.send(request, () => {}),
      kill: () => void child.kill('SIGKILL'),
      disconnect: () => {
        if (child.connected) child.disconnect();
      },
      printed,
    };
  };
}

function reportEnd(
  child: ChildProcess,
  { title }: Pick<NodeFramework, 'title'>,
  startRemedy: string,
  printed: () => string,
  { ended }: ChannelEvents,
): void {
  onEnd(child, {
    exit: (exit) => ended(describeExit(title, exit, printed())),
    error: ({ message }) => ended(new EngineFailure(`the ${title} engine did not start: ${message}`, startRemedy, '')),
  });
}

const pythonHost = fileURLToPath(new URL('./python/host.py', import.meta.url));

/** One JSON message a line, in on its stdin, out on its stdout. */
export function pythonChannel(
  framework: PythonFramework,
  interpreter: Interpreter,
  settings: EngineSettings,
): OpenChannel {
  return (events) => {
    const child = spawn(interpreter.path, ['-u', pythonHost], {
      env: { ...process.env, ...pythonEnvironment(settings.framework), ...framework.environment?.(settings) },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const printed = tailOf(child.stderr);
    createInterface({ input: child.stdout }).on('line', (line) => events.message(parsed(line)));
    // A broken pipe means that the process is ending; its exit is reported separately.
    child.stdin.on('error', () => {});
    reportEnd(child, framework, 'Choose a Python with --python PATH.', printed, events);
    return {
      pid: child.pid ?? 0,
      send: (request) => void child.stdin.write(`${JSON.stringify(request)}\n`),
      kill: () => void child.kill('SIGKILL'),
      disconnect: () => child.stdin.end(),
      printed,
    };
  };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return line;
  }
}
