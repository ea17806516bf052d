/**
 * Does the certificate do what it says on this machine? One run as it is, one beside a busy loop on every core, and the decode
 * rate with the machine watched and not, in turns. Raw logs go to <output>/raw/<framework>/.
 *
 *   npx tsx scripts/certificate-check.ts
 *   npx tsx scripts/certificate-check.ts --rounds 10 --size 135M --synthetic
 */
import { run } from './command-line/program.ts';
import { certificateCheck } from './overhead/check-command.ts';

await run(certificateCheck);
