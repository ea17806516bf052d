/**
 * An OpenAI-compatible endpoint over any framework of the registry: /v1/chat/completions, /v1/completions, /v1/models, /health,
 * /metrics. It writes no files; what clients send is neither stored nor printed.
 *
 *   npx tsx scripts/serve.ts --size tiny
 *   npx tsx scripts/serve.ts --framework llamacpp --size 1B --port 9000
 */
import { run } from './command-line/program.ts';
import { serveCommand } from './serve/serve-command.ts';

await run(serveCommand);
