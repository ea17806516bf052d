/**
 * Runs a recorded run again: the header of its raw log says which model (by hash), which questions, settings and engine
 * version. Says what differs here, and whether the new result agrees with the recorded one. The new run's log goes to
 * <output>/raw/<framework>/; exit code 0 when it agrees, 1 when not.
 *
 *   npx tsx scripts/replay.ts benchmark_output/raw/llamacpp/<log>.txt
 *   npx tsx scripts/replay.ts <log> --dry-run
 */
import { run } from './command-line/program.ts';
import { replayCommand } from './compare/replay/replay-command.ts';

await run(replayCommand);
