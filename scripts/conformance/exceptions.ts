/** What a rule does not hold for, each with its reason. One that excuses nothing any more is a finding itself. */
export interface Exception {
  rule: string;
  /** A file, or a folder with a slash at its end; `*` stands for any one name. */
  file: string;
  /** Part of the message, where not all findings of the file are meant. */
  about?: string;
  reason: string;
}

export const exceptionsFile = 'scripts/conformance/exceptions.ts';
/** Under this name such findings are told. */
export const unusedException = 'unused-exception';

export const exceptions: readonly Exception[] = [
  {
    rule: 'between-tokens',
    file: 'scripts/frameworks/llamacpp/batch-loop.ts',
    about: '(allocation)',
    reason: 'A step serves several answers that come and go, so its batch is put together anew.',
  },
  {
    rule: 'between-tokens',
    file: 'scripts/frameworks/mlc/in-page/model.ts',
    about: 'an array',
    reason: 'web-llm takes the ids of a step as a list.',
  },
  {
    rule: 'between-tokens',
    file: 'scripts/frameworks/onnx/generation.ts',
    about: 'new Float64Array',
    reason: 'Only where the vocabulary has another size than before: once.',
  },
  {
    rule: 'between-tokens',
    file: 'scripts/frameworks/onnx/graph-interface.ts',
    about: '(allocation)',
    reason: 'Prompts, and graphs that others wrote: for a single token our own graph has tensors that stay.',
  },
  {
    rule: 'between-tokens',
    file: 'scripts/frameworks/onnx/graph-runner.ts',
    about: 'an array',
    reason: 'onnxruntime-node takes the names of the wanted outputs as a list.',
  },
  {
    rule: 'between-tokens',
    file: 'scripts/frameworks/onnx/key-value-cache.ts',
    about: '(allocation)',
    reason:
      'On an accelerator every run returns new tensors, which the next one takes; on a processor nothing is made.',
  },
  {
    rule: 'between-tokens',
    file: 'scripts/frameworks/tinygrad/steps.py',
    about: 'an import (I/O) between two tokens, reached by next > logits > synchronize',
    reason: 'The step of the hybrid framework waits for a device, whose method has the name of this one.',
  },
  {
    rule: 'wall-clock',
    file: 'collate/exports/metrics/opentelemetry.ts',
    reason: 'OpenTelemetry dates every point of a metric.',
  },
  {
    rule: 'wall-clock',
    file: 'scripts/command-line/lock-file.ts',
    reason: 'The age of a file is a difference of dates.',
  },
  {
    rule: 'wall-clock',
    file: 'scripts/compare/sweeps/sweep-call.ts',
    reason: 'The age of a result is a difference of dates.',
  },
  {
    rule: 'wall-clock',
    file: 'scripts/log/hardware/hardware-log.ts',
    reason: 'The age of a log is a difference of dates.',
  },
  {
    rule: 'wall-clock',
    file: 'scripts/models/hub/description.ts',
    reason: 'A server may name the date from which on it answers again.',
  },
  {
    rule: 'wall-clock',
    file: 'scripts/serve/answer-format.ts',
    reason: "An answer of OpenAI's interface has its date.",
  },
  {
    rule: 'wall-clock',
    file: 'scripts/serve/endpoint.ts',
    reason: "A model of OpenAI's interface has its date.",
  },
  {
    rule: 'metric-elsewhere',
    file: 'scripts/compare/attribution.ts',
    reason: 'The kernel workload has no answers: its time per token is the reciprocal of its rate.',
  },
  {
    rule: 'metric-elsewhere',
    file: 'scripts/workloads/questions/workload.ts',
    reason: 'How much was measured so far, to end a run in time; nobody is told of it.',
  },
  {
    rule: 'workload-parts',
    file: 'scripts/workloads/chat/workload.ts',
    about: 'neither tables.ts',
    reason: 'The answers of a chat are rows of the tables of the questions.',
  },
  {
    rule: 'framework-names',
    file: 'scripts/compare/attribution.ts',
    reason: 'One of its levels is HTTP, which this framework speaks.',
  },
  {
    rule: 'framework-names',
    file: 'scripts/frameworks/hybrid/framework.ts',
    reason: 'The Python package that it needs has the name of a framework.',
  },
  {
    rule: 'framework-names',
    file: 'scripts/frameworks/llamacpp/tools/native-tool.ts',
    reason: 'The Python package that the converter needs has the name of a framework.',
  },
  {
    rule: 'framework-names',
    file: 'scripts/frameworks/onnx/*.ts',
    reason: 'An execution provider of ONNX Runtime has the name of a framework.',
  },
  {
    rule: 'framework-names',
    file: 'scripts/machine/facts/device-kinds.ts',
    reason: 'A kind of device has the name of a framework.',
  },
  {
    rule: 'framework-names',
    file: 'scripts/models/resolve.ts',
    reason: 'A format of model files has the name of a framework.',
  },
  {
    rule: 'framework-names',
    file: 'scripts/overhead/quality.ts',
    reason: 'The framework that its self-check runs unless another is named.',
  },
  {
    rule: 'framework-names',
    file: 'scripts/preparation/commands/*.ts',
    reason: 'A format of model files has the name of a framework.',
  },
  {
    rule: 'framework-rooms',
    file: 'scripts/compare/attribution.ts',
    reason: 'One of its levels is our own endpoint, which that framework starts.',
  },
  {
    rule: 'framework-rooms',
    file: 'scripts/frameworks/hybrid/',
    reason: 'It is PyTorch and tinygrad together.',
  },
  {
    rule: 'framework-rooms',
    file: 'scripts/frameworks/pytorch/',
    reason: 'Architectures that its own decoder does not know are those of transformers.',
  },
  {
    rule: 'framework-rooms',
    file: 'scripts/frameworks/transformers/',
    reason: 'It is built on the model of PyTorch.',
  },
  {
    rule: 'framework-rooms',
    file: 'scripts/overhead/quantize.ts',
    reason: 'Compares our quantiser with that of llama.cpp.',
  },
  {
    rule: 'framework-rooms',
    file: 'scripts/preparation/',
    reason: 'Converts and quantises with the tools of llama.cpp, and exports the graph of ONNX Runtime.',
  },
  {
    rule: 'defaults',
    file: 'scripts/preparation/commands/known-models.ts',
    reason: 'The seed of synthetic weights, which is not the seed of a run.',
  },
  {
    rule: 'defaults',
    file: 'scripts/serve/generation.ts',
    reason: 'An answer without a limit has one token at least.',
  },
  {
    rule: 'defaults',
    file: 'scripts/serve/prompt-requests.ts',
    reason: "OpenAI's own default of this kind of request.",
  },
  {
    rule: 'randomness',
    file: 'scripts/serve/answering.ts',
    reason: 'A request without a seed gets one by chance, as it does from OpenAI.',
  },
  {
    rule: 'script-help',
    file: 'scripts/start.ts',
    reason: 'It is started as `npm start`.',
  },
  {
    rule: 'child-processes',
    file: 'collate/comparing/chart-process.ts',
    reason: 'Draws with plots/, which collate/ may not import.',
  },
  {
    rule: 'child-processes',
    file: 'collate/comparing/source.ts',
    reason: 'Asks git for revisions.',
  },
  {
    rule: 'child-processes',
    file: 'collate/recommending/model-costs.ts',
    reason: 'Asks scripts/models.ts for the shapes of models, which collate/ may not import.',
  },
  {
    rule: 'child-processes',
    file: 'collate/regressions/bisect/',
    reason: 'Measures builds with the command of the person.',
  },
  {
    rule: 'child-processes',
    file: 'collate/store/opening.ts',
    reason: 'Tries a store in another process: a damaged one ends the process that opens it.',
  },
  {
    rule: 'child-processes',
    file: 'plots/dashboard/open-in-browser.ts',
    reason: 'Opens the page in the browser of the person.',
  },
  {
    rule: 'child-processes',
    file: 'scripts/compare/ci/',
    reason: 'Measures two builds, each with its own code.',
  },
  {
    rule: 'child-processes',
    file: 'scripts/compare/pipeline-stage.ts',
    reason: 'Runs the next stage as a person would.',
  },
  {
    rule: 'child-processes',
    file: 'scripts/doctor/machine-findings.ts',
    reason: 'Asks the system for what is installed.',
  },
  {
    rule: 'child-processes',
    file: 'scripts/engine/',
    reason: 'Starts engines.',
  },
  {
    rule: 'child-processes',
    file: 'scripts/frameworks/*/own-benchmark.ts',
    reason: "Runs the framework's own benchmark, for comparison.",
  },
  {
    rule: 'child-processes',
    file: 'scripts/frameworks/llamacpp/tools/llama-quantize.ts',
    reason: 'Runs llama-quantize.',
  },
  {
    rule: 'child-processes',
    file: 'scripts/frameworks/logged-command.ts',
    reason: 'Runs compilers and installers.',
  },
  {
    rule: 'child-processes',
    file: 'scripts/frameworks/openai/own-endpoint.ts',
    reason: 'Starts the endpoint that it asks.',
  },
  {
    rule: 'child-processes',
    file: 'scripts/frameworks/python-environment/',
    reason: 'Makes environments of Python.',
  },
  {
    rule: 'child-processes',
    file: 'scripts/machine/',
    reason: 'Asks the system and the tools of vendors for the state of the machine.',
  },
  {
    rule: 'child-processes',
    file: 'scripts/overhead/',
    reason: 'Compares with tools of others, and disturbs a measurement on purpose.',
  },
  {
    rule: 'child-processes',
    file: 'scripts/preparation/convert.ts',
    reason: 'Runs the converters of others.',
  },
  {
    rule: 'child-processes',
    file: 'scripts/workloads/pool/faults.ts',
    reason: 'Kills engines on purpose.',
  },
  {
    rule: 'process-exit',
    file: 'scripts/engine/node-host.ts',
    reason: 'The harness is gone, and with it whoever could read an exit code.',
  },
  {
    rule: 'process-exit',
    file: 'scripts/frameworks/onnx/reference-loop.ts',
    reason: 'The harness is gone, and with it whoever could read an exit code.',
  },
  {
    rule: 'process-exit',
    file: 'scripts/installation/install-command.ts',
    reason: 'Ctrl-C at a question.',
  },
  {
    rule: 'console-output',
    file: 'scripts/frameworks/llamacpp/llama.ts',
    reason: 'In the engine process, whose standard error the harness keeps.',
  },
  {
    rule: 'results-writing',
    file: 'collate/export.ts',
    reason: 'Writes the file that --to names.',
  },
  {
    rule: 'results-writing',
    file: 'collate/incremental/',
    reason: 'Writes the tables.',
  },
  {
    rule: 'results-writing',
    file: 'collate/regressions/bisect/journal.ts',
    reason: 'Writes the runs of a bisection.',
  },
  {
    rule: 'results-writing',
    file: 'collate/store/',
    reason: 'Writes the store, and exports of it.',
  },
  {
    rule: 'results-writing',
    file: 'collate/tables/csv.ts',
    reason: 'Writes the tables.',
  },
  {
    rule: 'results-writing',
    file: 'plots/render/typeset.ts',
    reason: 'Typesets in an empty folder of its own.',
  },
  {
    rule: 'results-writing',
    file: 'plots/report/',
    reason: 'Writes the report, charts and what the PDF is made of.',
  },
];
