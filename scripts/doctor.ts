/**
 * What is here, what is missing with the command that brings it, and what on this machine will disturb measurements.
 * It writes no files. Exit code 0 when the pipeline can run, 3 when not.
 *
 *   npx tsx scripts/doctor.ts
 *   npx tsx scripts/doctor.ts --json
 */
import { run } from './command-line/program.ts';
import { doctorCommand } from './doctor/doctor-command.ts';

await run(doctorCommand);
