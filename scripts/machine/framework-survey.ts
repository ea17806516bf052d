/** What a framework is on this machine and what its operators do at best, told by one engine process: starting one takes long. */
import { oneLine, UserError } from '../command-line/errors.ts';
import { monotonicNow } from '../engine/clock.ts';
import { type Engine, startEngine } from '../engine/engine.ts';
import { settingsToAsk } from '../engine/probe.ts';
import type { Availability, Framework } from '../frameworks/framework.ts';
import type { Measured, NotMeasured } from '../log/hardware/hardware-log-format.ts';
import { ceilingsOf, ceilingTimeoutMs, runsOperators } from './framework-ceilings.ts';

export interface FrameworkSurvey {
  framework: Framework;
  availability: Availability;
  /** With the number of threads that was asked for. */
  measured: Measured[];
  failures: NotMeasured[];
}

/** A framework whose engine does not even start is missing, with the reason. */
export async function surveyFramework(framework: Framework, threads: number): Promise<FrameworkSurvey> {
  const survey: FrameworkSurvey = { framework, availability: unknown, measured: [], failures: [] };
  try {
    await using engine = await startEngine({
      framework,
      originNs: monotonicNow(),
      settings: settingsToAsk(framework, { threads }),
      timeoutMs: ceilingTimeoutMs,
      onCheckpoint: () => {},
      onProgress: () => {},
      onPiece: () => {},
    });
    survey.availability = await engine.probe();
    if (survey.availability.status === 'available') await measure(engine, survey, survey.availability, threads);
  } catch (error) {
    const remedy = (error instanceof UserError ? error.remedy : undefined) ?? 'See docs/troubleshooting.md.';
    if (survey.availability === unknown) survey.availability = { status: 'missing', reason: oneLine(error), remedy };
  }
  return survey;
}

const unknown: Availability = { status: 'missing', reason: 'not asked', remedy: '' };

async function measure(
  engine: Engine,
  { framework, measured, failures }: FrameworkSurvey,
  { devices }: Extract<Availability, { status: 'available' }>,
  threads: number,
): Promise<void> {
  if (!runsOperators(framework)) return;
  const kinds = new Set(devices.filter(({ software = false }) => !software).map(({ kind }) => kind));
  for (const device of kinds) {
    const found = await ceilingsOf(engine, { framework, device, threads });
    measured.push(...found.measured);
    if (found.failure !== null) failures.push(found.failure);
  }
}
