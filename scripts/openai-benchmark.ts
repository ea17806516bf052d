/**
 * Measures an OpenAI-compatible server (llama-server, Ollama, LM Studio, vLLM, SGLang, scripts/serve.ts) on the predefined questions
 * and appends a raw log to <output>/raw/openai/. Model options name the file whose tokenizer counts.
 *
 *   tsx scripts/openai-benchmark.ts --url http://127.0.0.1:8080 --size tiny
 *   TOKENLAP_OPENAI_URL=http://127.0.0.1:11434 tsx scripts/openai-benchmark.ts --size 1B --server-model llama3.2:1b
 */
import { run } from './command-line/program.ts';
import { singleRun } from './measure/single-run.ts';

await run(() => singleRun('openai'));
