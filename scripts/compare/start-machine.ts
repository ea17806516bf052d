/** What `npm start` finds out before it measures a model: the frameworks that work here, and the ceilings of the machine. */
import { oneLine } from '../command-line/errors.ts';
import { commandLine } from '../command-line/shell-line.ts';
import { warn } from '../command-line/terminal.ts';
import { frameworks } from '../frameworks/registry.ts';
import { freshHardwareLog, hasThreads } from '../log/hardware/hardware-log.ts';
import { type FrameworkSurvey, surveyFramework } from '../machine/ceilings/framework-survey.ts';
import { runHardwareBenchmark } from '../machine/ceilings/hardware-run.ts';
import { describeHost } from '../machine/facts/host.ts';
import { mean } from '../statistics/statistics.ts';
import { ceilingsText } from './start-report.ts';
import type { StartStage } from './start-stage.ts';

/** Every framework, one after the other: one that starts beside others may take itself for hung. */
export async function survey({ line, time, signal }: StartStage, threads: number): Promise<FrameworkSurvey[]> {
  const surveys: FrameworkSurvey[] = [];
  const startsMs: number[] = [];
  for (const framework of frameworks) {
    signal.throwIfAborted();
    line.stage(`looking for ${framework.title}`);
    const startedMs = performance.now();
    const found = await surveyFramework(framework, threads);
    if (found.availability.status === 'available') {
      startsMs.push(performance.now() - startedMs);
      time.surveyed(startsMs.length, mean(startsMs));
    }
    surveys.push(found);
  }
  return surveys;
}

/**
 * Ceilings of the number of threads that the runs have; hardware-benchmark.ts measures all.
 * @returns in words; null where they could not be measured
 */
export async function measureCeilings(
  { output, line, signal }: StartStage,
  surveys: readonly FrameworkSurvey[],
  threads: number,
): Promise<string | null> {
  try {
    const fresh = freshHardwareLog(output, await describeHost(false));
    const asked = { output, anonymize: false, threads: [threads], brief: true, surveys };
    const log =
      fresh !== null && hasThreads(fresh, threads)
        ? fresh
        : await runHardwareBenchmark(asked, commandLine(), line, signal);
    return ceilingsText(log, threads, output);
  } catch (error) {
    if (signal.aborted) throw error;
    line.end();
    warn(`the hardware benchmark failed: ${oneLine(error)}; without it there is no MBU and no MFU`);
    return null;
  }
}
