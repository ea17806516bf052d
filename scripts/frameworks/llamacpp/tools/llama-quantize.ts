/** Runs llama-quantize, llama.cpp's own quantiser, as a child process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { exitCodes, oneLine, UserError } from '../../../command-line/errors.ts';

export interface LlamaQuantizeRequest {
  source: string;
  target: string;
  /** Format in the names of llama.cpp: 'q4_k_m'. */
  to: string;
  /** Whether every matrix has the same format; otherwise llama.cpp's mixture. */
  pure: boolean;
  allowRequantize: boolean;
  imatrix: string | undefined;
  threads: number;
}

export interface LlamaQuantizeResult {
  /** Version that the tool prints: '0.5.0-dev (build 1, commit de3ff81)'. */
  version: string | null;
  /** Null when the system does not report it for other processes. */
  peakResidentBytes: number | null;
}

/** The line that the tool prints for each tensor. */
const tensorLine = /^\[\s*(\d+)\/\s*(\d+)\]/;
const pollMs = 50;

/**
 * @param progress receives the number of finished tensors and of all
 * @throws UserError with the message of the tool, or when the signal is aborted
 */
export async function runLlamaQuantize(
  tool: string,
  request: LlamaQuantizeRequest,
  progress: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<LlamaQuantizeResult> {
  const child = spawn(tool, argumentsOf(request), { stdio: ['ignore', 'pipe', 'pipe'], signal });
  let peak: number | null = null;
  const watch = setInterval(() => {
    peak = Math.max(peak ?? 0, peakOf(child)) || null;
  }, pollMs);
  let version: string | null = null;
  let reason = '';
  const read = (line: string) => {
    const [, done, total] = tensorLine.exec(line) ?? [];
    if (done !== undefined && total !== undefined) progress(Number(done), Number(total));
    version = /^(?:version: |main: build = )(.+)$/.exec(line)?.[1] ?? version;
    reason = /failed to quantize: (.+)$/.exec(line)?.[1] ?? reason;
  };
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', read);
  try {
    const code = await ended(child, tool, signal);
    if (code !== 0) throw refused(request, reason === '' ? `it ended with ${code}` : reason);
  } finally {
    clearInterval(watch);
  }
  return { version, peakResidentBytes: peak };
}

function argumentsOf({ source, target, to, pure, allowRequantize, imatrix, threads }: LlamaQuantizeRequest): string[] {
  return [
    ...(allowRequantize ? ['--allow-requantize'] : []),
    ...(pure ? ['--pure'] : []),
    ...(imatrix === undefined ? [] : ['--imatrix', imatrix]),
    ...[source, target, to.toUpperCase(), String(threads)],
  ];
}

function ended(child: ChildProcess, tool: string, signal: AbortSignal): Promise<number | string> {
  return new Promise((resolve, reject) => {
    child.on('error', (cause) => {
      reject(
        signal.aborted
          ? new UserError('interrupted while llama-quantize was running', { cause, exitCode: exitCodes.interrupted })
          : new UserError(`${tool} does not start: ${oneLine(cause)}`, { cause, exitCode: exitCodes.missing }),
      );
    });
    child.on('close', (code, killedBy) => resolve(code ?? killedBy ?? 'no code'));
  });
}

function refused({ source, to }: LlamaQuantizeRequest, reason: string): UserError {
  const remedy = /imatrix/.test(reason)
    ? 'Give one with --imatrix FILE (llama-imatrix makes it), or choose a wider format.'
    : /requantiz/.test(reason)
      ? 'Start from an f16 file, or add --allow-requantize and lose precision twice.'
      : undefined;
  return new UserError(`llama-quantize cannot make ${to} of ${source}: ${reason}`, {
    ...(remedy === undefined ? {} : { remedy }),
  });
}

/** Peak that Linux records; 0 on other systems. */
function peakOf(child: ChildProcess): number {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
    return Number(kilobytes ?? 0) * 1024;
  } catch {
    return 0;
  }
}
