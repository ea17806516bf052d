/** What `doctor.ts` does: looks at everything, and says it. */
import { exitCodes } from '../command-line/errors.ts';
import { interruptSignal } from '../command-line/interrupt.ts';
import { program } from '../command-line/program.ts';
import { progress } from '../command-line/progress.ts';
import { print, printJson } from '../command-line/terminal.ts';
import { frameworks } from '../frameworks/registry.ts';
import { describeHost } from '../machine/host.ts';
import { disturbanceFindings } from './disturbance-findings.ts';
import { canRun, doctorText } from './doctor-text.ts';
import { frameworkFindings } from './framework-findings.ts';
import { machineFindings } from './machine-findings.ts';
import { storageFindings } from './storage-findings.ts';

export async function doctorCommand(): Promise<void> {
  const options = program('doctor', 'What is here, what is missing and how to get it, and what will disturb.', [
    ['npx tsx scripts/doctor.ts', 'some seconds: every framework is asked'],
    ['npx tsx scripts/doctor.ts --json', 'the same, for programs'],
  ])
    .option('--json', 'print the findings as JSON on standard output, and nothing else there', false)
    .parse()
    .opts();
  const signal = interruptSignal('Stopping.');
  const line = progress('looking at this machine');
  try {
    const host = await describeHost(false);
    const asked = await frameworkFindings(frameworks, ({ title }) => line.stage(`asking ${title}`));
    line.stage('watching for two seconds');
    const disturbs = await disturbanceFindings(host, signal);
    line.end();
    const findings = [...(await machineFindings(host)), ...asked, ...storageFindings(), ...disturbs];
    const result = { canRun: canRun(findings), findings };
    if (options.json) printJson(result);
    else print(doctorText(findings));
    process.exitCode = result.canRun ? exitCodes.ok : exitCodes.missing;
  } finally {
    line.end();
  }
}
