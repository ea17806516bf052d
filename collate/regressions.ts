/**
 * What changed over time, and which build changed it: every series of the runs in a folder is searched for steps and drifts; every
 * decision can be explained, a level can be accepted with a reason, and the build behind a change can be found.
 *
 * Reads   <output>/runs.csv, answers.csv, blessed.json
 * Writes  <output>/blessed.json (bless), <output>/bisections/*.jsonl (bisect)
 *
 *     npx tsx collate/regressions.ts
 *     npx tsx collate/regressions.ts bisect --good v1.0 --bad main --measure './measure.sh'
 */
import { program, run } from '../scripts/command-line/program.ts';
import { bisectCommand } from './regressions/bisect/command.ts';
import { blessCommand, explainCommand, trendCommand } from './regressions/trend/commands.ts';

await run(async () => {
  await program('regressions', 'Finds what changed over time, explains it, accepts it, or finds the build behind it.', [
    ['npx tsx collate/regressions.ts', 'every series of benchmark_output'],
    ['npx tsx collate/regressions.ts explain SERIES', 'the gates behind each decision about it'],
    ["npx tsx collate/regressions.ts bless SERIES --reason 'larger context'", 'judges it from its last change on'],
    [
      "npx tsx collate/regressions.ts bisect --good v1.0 --bad main --measure './measure.sh'",
      'finds the first bad build',
    ],
  ])
    .addCommand(trendCommand(), { isDefault: true })
    .addCommand(explainCommand())
    .addCommand(blessCommand())
    .addCommand(bisectCommand())
    .parseAsync();
});
