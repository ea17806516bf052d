/**
 * The harness's side of an engine process: starts it, asks, waits no longer than it must, and leaves no orphan.
 * Whatever happens to the process, a caller gets an answer or an EngineFailure.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { z } from 'zod';
import { UserError } from '../command-line/errors.ts';
import type { Availability, EngineMemory, EngineSettings, Framework, KernelTest } from '../frameworks/framework.ts';
import { describeExit, EngineFailure } from './engine-failure.ts';
import {
  availabilitySchema,
  type EngineMessage,
  type EngineRequest,
  emptySchema,
  engineMemorySchema,
  type GenerateRequest,
  type Generation,
  generationSchema,
  kernelResultSchema,
  type Loaded,
  loadedSchema,
  messageSchema,
  tokenizedSchema,
} from './protocol.ts';

export interface EngineOptions {
  framework: Framework;
  /** Origin of the run's clock. */
  originNs: bigint;
  settings: EngineSettings;
  /** How long one request may take before the engine counts as hung. Milliseconds. */
  timeoutMs: number;
  onCheckpoint: (checkpoint: Extract<EngineMessage, { type: 'checkpoint' }>) => void;
  onProgress: (fraction: number) => void;
  onPiece: (text: string) => void;
}

export interface Engine extends AsyncDisposable {
  readonly pid: number;
  probe(): Promise<Availability>;
  load(modelPath: string, settings: EngineSettings): Promise<Loaded>;
  /** Token ids of a text that may contain special tokens; nothing is put before or after. */
  tokenize(text: string): Promise<{ ids: number[]; durationNs: number }>;
  generate(request: GenerateRequest): Promise<Generation>;
  /** Ends the running generation after its current token. */
  cancel(): Promise<void>;
  kernel(test: KernelTest): Promise<{ startNs: number; durationNs: number }>;
  memory(): Promise<EngineMemory>;
}

const keptStderrBytes = 8192;
const closeTimeoutMs = 5000;
/** What a dying process printed may arrive after the news of its death. */
const lastWordsMs = 50;

interface Pending {
  resolve(result: unknown): void;
  reject(error: unknown): void;
  timer: NodeJS.Timeout;
}

export async function startEngine(options: EngineOptions): Promise<Engine> {
  const { framework } = options;
  const child = spawnHost(framework, options.settings);
  const stderr = tailOf(child);
  const pending = new Map<number, Pending>();
  let ended: EngineFailure | undefined;
  let lastId = 0;

  const endAll = (failure: EngineFailure) => {
    ended ??= failure;
    for (const [id, request] of pending) {
      clearTimeout(request.timer);
      pending.delete(id);
      request.reject(failure);
    }
  };
  const exited = new Promise<void>((resolve) => {
    // Not 'close': it waits for pipes that a grandchild may hold open.
    child.once('exit', (code, signal) => {
      setTimeout(() => {
        endAll(describeExit(framework.title, { code, signal }, stderr()));
        resolve();
      }, lastWordsMs);
    });
    child.once('error', (error) => {
      endAll(new EngineFailure(`the ${framework.title} engine did not start: ${error.message}`, 'Run `npm ci`.', ''));
      resolve();
    });
  });
  child.on('message', (raw) => {
    const parsed = messageSchema.safeParse(raw);
    if (parsed.success) receive(parsed.data);
    else {
      endAll(new EngineFailure(`the ${framework.title} engine sent rubbish`, 'Run `npm ci` again.', stderr()));
      child.kill('SIGKILL');
    }
  });

  function receive(message: EngineMessage): void {
    switch (message.type) {
      case 'checkpoint':
        options.onCheckpoint(message);
        return;
      case 'progress':
        options.onProgress(message.fraction);
        return;
      case 'piece':
        options.onPiece(message.text);
        return;
      case 'reply':
      case 'error': {
        const request = pending.get(message.id);
        if (request === undefined) return;
        clearTimeout(request.timer);
        pending.delete(message.id);
        if (message.type === 'reply') request.resolve(message.result);
        else request.reject(errorFrom(message));
        return;
      }
      default:
        message satisfies never;
    }
  }

  async function ask<S extends z.ZodType>(
    request: DistributiveOmit<EngineRequest, 'id'>,
    schema: S,
  ): Promise<z.infer<S>> {
    if (ended !== undefined) throw ended;
    const id = ++lastId;
    const result = await new Promise<unknown>((resolve, reject) => {
      const timer = setTimeout(() => {
        endAll(hung(framework.title, request.type, options.timeoutMs, stderr()));
        child.kill('SIGKILL');
      }, options.timeoutMs);
      pending.set(id, { resolve, reject, timer });
      child.send({ ...request, id }, (error) => {
        if (error !== null && ended === undefined) child.kill('SIGKILL');
      });
    });
    return schema.parse(result);
  }

  async function close(): Promise<void> {
    // Whoever closes in the middle of a request does not want to wait for its end.
    if (ended === undefined && pending.size === 0) {
      const limit = setTimeout(() => child.kill('SIGKILL'), closeTimeoutMs);
      await ask({ type: 'close' }, emptySchema).catch(() => {});
      child.disconnect();
      await exited;
      clearTimeout(limit);
    } else {
      child.kill('SIGKILL');
      await exited;
    }
  }

  const killWithHarness = () => child.kill('SIGKILL');
  process.once('exit', killWithHarness);
  try {
    const { module, name } = framework;
    await ask({ type: 'start', module, framework: name, originNs: String(options.originNs) }, emptySchema);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  return {
    pid: child.pid ?? 0,
    probe: () => ask({ type: 'probe' }, availabilitySchema),
    load: (modelPath, settings) => ask({ type: 'load', modelPath, settings }, loadedSchema),
    tokenize: (text) => ask({ type: 'tokenize', text }, tokenizedSchema),
    generate: (request) => ask({ type: 'generate', request }, generationSchema),
    cancel: async () => {
      await ask({ type: 'cancel' }, emptySchema);
    },
    kernel: (test) => ask({ type: 'kernel', request: test }, kernelResultSchema),
    memory: async () => definedOnly(await ask({ type: 'memory' }, engineMemorySchema)),
    async [Symbol.asyncDispose]() {
      process.off('exit', killWithHarness);
      await close();
    },
  };
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

function definedOnly(memory: z.infer<typeof engineMemorySchema>): EngineMemory {
  const { deviceBytes, weightsBytes, contextBytes } = memory;
  return {
    ...(deviceBytes === undefined ? {} : { deviceBytes }),
    ...(weightsBytes === undefined ? {} : { weightsBytes }),
    ...(contextBytes === undefined ? {} : { contextBytes }),
  };
}

function spawnHost(framework: Framework, settings: EngineSettings): ChildProcess {
  return fork(fileURLToPath(new URL('./node-host.ts', import.meta.url)), [], {
    execArgv: ['--import', import.meta.resolve('tsx')],
    env: { ...process.env, ...framework.environment?.(settings) },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    serialization: 'json',
  });
}

/** The end of everything the child prints; frameworks print to both streams. */
function tailOf(child: ChildProcess): () => string {
  let kept = '';
  const keep = (chunk: Buffer) => {
    kept = (kept + chunk.toString('utf8')).slice(-keptStderrBytes);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  return () => kept;
}

function errorFrom(message: Extract<EngineMessage, { type: 'error' }>): UserError {
  const exitCode = ([1, 2, 3] as const).find((code) => code === message.exitCode);
  return new UserError(message.message, {
    ...(message.remedy === undefined ? {} : { remedy: message.remedy }),
    ...(exitCode === undefined ? {} : { exitCode }),
  });
}

function hung(title: string, doing: string, timeoutMs: number, stderrTail: string): EngineFailure {
  return new EngineFailure(
    `the ${title} engine did not finish "${doing}" within ${timeoutMs / 1000} s and was stopped`,
    'Raise the limit with --timeout SECONDS, or choose a smaller model or fewer tokens.',
    stderrTail,
  );
}
