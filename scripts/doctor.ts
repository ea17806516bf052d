/**
 * What is available, what is missing with the command that installs it, and what on this machine will disturb measurements.
 * Writes no files. Exit code 0 when the pipeline can run, 3 when not.
 *
 *   npx tsx scripts/doctor.ts
 *   npx tsx scripts/doctor.ts --json
 */

import { exitCodes } from './command-line/errors.ts';
import { interruptSignal } from './command-line/interrupt.ts';
import { program, run } from './command-line/program.ts';
import { progress } from './command-line/progress.ts';
import { print, printJson } from './command-line/terminal.ts';
import { disturbanceFindings } from './doctor/disturbance-findings.ts';
import { canRun, doctorText } from './doctor/findings.ts';
import { frameworkFindings } from './doctor/framework-findings.ts';
import { machineFindings, storageFindings } from './doctor/machine-findings.ts';
import { frameworks } from './frameworks/registry.ts';
import { describeHost } from './machine/facts/host.ts';

await run(async () => {
  const options = program(
    'doctor',
    'What is available, what is missing and how to get it, and what will disturb measurements.',
    [
      ['npx tsx scripts/doctor.ts', 'some seconds: probes every framework'],
      ['npx tsx scripts/doctor.ts --json', 'the same, for programs'],
    ],
  )
    .option('--json', 'print the findings as JSON on standard output, and nothing else there', false)
    .parse()
    .opts();
  const signal = interruptSignal('Stopping.');
  const line = progress('looking at this machine');
  try {
    const host = await describeHost(false);
    const found = await frameworkFindings(frameworks, ({ title }) => line.stage(`probing ${title}`));
    line.stage('watching for two seconds');
    const disturbs = await disturbanceFindings(host, signal);
    line.end();
    const findings = [...(await machineFindings(host)), ...found, ...storageFindings(), ...disturbs];
    const result = { canRun: canRun(findings), findings };
    if (options.json) printJson(result);
    else print(doctorText(findings));
    process.exitCode = result.canRun ? exitCodes.ok : exitCodes.missing;
  } finally {
    line.end();
  }
});
