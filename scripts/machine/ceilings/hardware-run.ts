/** Runs a hardware benchmark and writes its log. */
import { randomUUID } from 'node:crypto';
import packageJson from '../../../package.json' with { type: 'json' };
import { exitCodes, oneLine } from '../../command-line/errors.ts';
import { stoppedBy } from '../../command-line/interrupt.ts';
import type { Progress } from '../../command-line/progress.ts';
import { frameworks } from '../../frameworks/registry.ts';
import { createHardwareLog, type HardwareLog, readHardwareLog } from '../../log/hardware/hardware-log.ts';
import { type HardwareEnd, hardwareLogSchemaVersion } from '../../log/hardware/hardware-log-format.ts';
import { modelCacheFolder } from '../../models/model-cache.ts';
import { describeHost } from '../facts/host.ts';
import type { FrameworkSurvey } from './framework-survey.ts';
import { measureHardware } from './hardware-benchmark.ts';

export interface HardwareRun {
  output: string;
  anonymize: boolean;
  threads: readonly number[];
  /** Only what runs are compared with. */
  brief?: boolean;
  /** Earlier surveys of the frameworks, with that number of threads. */
  surveys?: readonly FrameworkSurvey[];
}

/** @param typed the command as the user typed it, for the log */
export async function runHardwareBenchmark(
  { output, anonymize, threads, brief = false, surveys }: HardwareRun,
  typed: readonly string[],
  line: Progress,
  signal: AbortSignal,
): Promise<HardwareLog> {
  const startedAtMs = performance.now();
  const log = createHardwareLog(output, {
    type: 'header',
    schema: hardwareLogSchemaVersion,
    uuid: randomUUID(),
    startedAt: new Date().toISOString(),
    tokenlap: packageJson.version,
    command: [...typed],
    host: await describeHost(anonymize),
  });
  const close = (end: Pick<HardwareEnd, 'status' | 'error'>) =>
    log.write({ type: 'end', ...end, durationMs: performance.now() - startedAtMs });
  try {
    await measureHardware({
      frameworks,
      threads,
      brief,
      ...(surveys === undefined ? {} : { surveys }),
      cacheFolder: modelCacheFolder(),
      write: log.write,
      stage: (label) => line.stage(label),
      checkInterrupted: () => signal.throwIfAborted(),
    });
    close({ status: 'completed' });
  } catch (error) {
    const message = signal.aborted ? stoppedBy(signal) : oneLine(error);
    close({ status: signal.aborted ? 'interrupted' : 'failed', error: { message } });
    if (!signal.aborted) throw error;
    process.exitCode = exitCodes.interrupted;
  }
  const written = readHardwareLog(log.path);
  if (written === null) throw new Error(`${log.path} was replaced while it was written`);
  return written;
}
