/**
 * Measures an OpenAI-compatible server (llama-server, Ollama, LM Studio, vLLM, SGLang, scripts/serve.ts) on the predefined questions,
 * one at a time or under load, and appends a raw log to <output>/raw/openai/. Model options name the file whose tokenizer counts.
 *
 *   npx tsx scripts/openai-benchmark.ts --url http://127.0.0.1:8080 --size tiny
 *   npx tsx scripts/openai-benchmark.ts --url http://127.0.0.1:8080 --size tiny --load ramp=16 --slo ttft=500,tpot=50
 */
import { run } from './command-line/program.ts';
import { singleRun } from './workloads/single-run.ts';

await run(() =>
  singleRun('openai', [
    ['--url http://127.0.0.1:8080 --size tiny', 'every predefined question, one at a time'],
    ['--size tiny', 'no address: our own endpoint, started for the run'],
    ['--url http://127.0.0.1:11434 --size 1B --server-model llama3.2:1b', "by the server's name for the model"],
    [
      '--url http://127.0.0.1:8080 --size 1B --load ramp=16 --slo ttft=500',
      'more and more clients until nothing is gained',
    ],
    ['--url http://127.0.0.1:8080 --size 1B --load poisson=2.5', 'requests that come by chance, 2.5 a second'],
  ]),
);
