/**
 * Talks to a model through any framework, streaming, over several turns. Timings and feedback go to a session log in
 * <output>/raw/<framework>/ that collate/ understands.
 *
 *   npx tsx scripts/chat.ts
 *   npx tsx scripts/chat.ts --prompt "Why is the sky blue?"
 */

import { run } from './command-line/program.ts';
import { chatCommand } from './workloads/chat/chat-command.ts';

await run(chatCommand);
