/**
 * `npm start`: the whole pipeline on the embedded model. Looks at the machine and at every framework, measures what works
 * in rounds enough for a verdict, collates, draws, and says where the report is.
 *
 *   npm start
 *   npm start -- --output my_results --iterations 12
 */
import { run } from './command-line/program.ts';
import { startCommand } from './compare/start-command.ts';

await run(startCommand);
