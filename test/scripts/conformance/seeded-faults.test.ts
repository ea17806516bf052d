/** Each fault is put into the code of this repository, one at a time, and has to be found where it is, and nothing else. */
import { expect, it } from 'vitest';
import { findingsIn } from '../../../scripts/conformance/analysis.ts';
import { exceptions, exceptionsFile } from '../../../scripts/conformance/exceptions.ts';
import { rules } from '../../../scripts/conformance/rules.ts';
import { changedTree, examinedFiles, ownTree } from '../../fakes/changed-tree.ts';

/** What stands there, and what stands there instead. */
type Edit = readonly [before: string, after: string];

interface Fault {
  name: string;
  file: string;
  /** Null: the file is taken away. */
  edits: readonly Edit[] | null;
  /** Of the finding; several where the fault breaks several. */
  rules: readonly string[];
  /** The file of the finding, where it is another one. */
  in?: string;
  /** Text of the line of the finding, the first one with it; absent: the first line. */
  at?: string;
}

const decodeLoop = 'scripts/frameworks/llamacpp/decode-loop.ts';
const graphRun = 'scripts/frameworks/onnx/graph-runner.ts';
const torchModel = 'scripts/frameworks/pytorch/model.py';

/** A line behind another one. */
function behind(line: string, added: string): Edit {
  return [line, `${line}\n${added}`];
}

/** In the loop of llama.cpp, between a token and the next. */
function inLoop(name: string, statement: string, more: readonly Edit[] = [], rules = ['between-tokens']): Fault {
  return {
    name,
    file: decodeLoop,
    edits: [behind('        generated++;', `        ${statement}`), ...more],
    rules,
    at: statement,
  };
}

function inTorchLoop(name: string, statement: string): Fault {
  const indented = `                ${statement}`;
  return {
    name,
    file: torchModel,
    edits: [behind('                generated += 1', indented)],
    rules: ['between-tokens'],
    at: indented,
  };
}

const faults: readonly Fault[] = [
  inLoop('a console', 'console.log(token);', [], ['between-tokens', 'console-output']),
  inLoop('JSON', 'void JSON.stringify(token);'),
  inLoop('a text with a value in it', `void \`token \${token}\`;`),
  inLoop('a text that is put together', "void ('token ' + token);"),
  inLoop('a formatted number', 'void position.toFixed(1);'),
  inLoop('an array', 'void [token, position];'),
  inLoop('an object', 'void { token };'),
  inLoop('an instance', 'void new Map();'),
  inLoop('a closure', 'void (() => token);'),
  inLoop('a list made of a list', 'void this.#cached.slice(1);'),
  inLoop('a timer', 'setTimeout(ignoreUntilAwaited, 1);'),
  inLoop('a wait for something of its own', 'await new Promise(setImmediate);'),
  inLoop('a sleep', 'await sleep(1);', [
    behind("import type { Native } from './addon.ts';", "import { setTimeout as sleep } from 'node:timers/promises';"),
  ]),
  inLoop('a file', "writeFileSync('x', '');", [
    behind("import type { Native } from './addon.ts';", "import { writeFileSync } from 'node:fs';"),
  ]),
  inLoop('a message on the screen', "say('x');", [
    behind("import type { Native } from './addon.ts';", "import { say } from '../../command-line/terminal.ts';"),
  ]),
  inLoop('a wait for another room', 'await locked();', [
    behind("import type { Native } from './addon.ts';", "import { locked } from '../../command-line/lock-file.ts';"),
  ]),
  {
    name: 'work in a function that the loop calls',
    file: decodeLoop,
    edits: [
      behind('        generated++;', '        tell(token);'),
      [
        'export function ignoreUntilAwaited',
        'function tell(token: number): void {\n  void JSON.stringify(token);\n}\n\nexport function ignoreUntilAwaited',
      ],
    ],
    rules: ['between-tokens'],
    at: 'void JSON.stringify(token);',
  },
  {
    name: 'work two modules away from the loop',
    file: graphRun,
    edits: [behind('    const past = this.#cached.length;', '    void past.toFixed(1);')],
    rules: ['between-tokens'],
    at: 'void past.toFixed(1);',
  },
  {
    name: 'work three modules away, behind an interface',
    file: 'scripts/frameworks/onnx/key-value-cache.ts',
    edits: [behind('    const length = tokens * headSize;', '    void JSON.stringify(length);')],
    rules: ['between-tokens'],
    at: 'void JSON.stringify(length);',
  },
  {
    name: 'work where tokens are drawn by chance',
    file: 'scripts/frameworks/onnx/generation.ts',
    edits: [behind('    const largest = greatest(logits);', '    void String(largest);')],
    rules: ['between-tokens'],
    at: 'void String(largest);',
  },
  {
    name: 'work in the loop of a page',
    file: 'scripts/frameworks/mlc/in-page/model.ts',
    edits: [behind('      cached.push(token);', '      void String(token);')],
    rules: ['between-tokens'],
    at: 'void String(token);',
  },
  {
    name: 'work beside a stamp',
    file: 'scripts/engine/token-stamps.ts',
    edits: [behind('    this.#count++;', '    void { id };')],
    rules: ['between-tokens'],
    at: 'void { id };',
  },
  {
    name: 'work before an arrival is stamped',
    file: 'scripts/frameworks/openai/answer-reading.ts',
    edits: [['    this.#sink.arrived();', '    void JSON.stringify(this.#ids);\n    this.#sink.arrived();']],
    rules: ['between-tokens'],
    at: 'void JSON.stringify(this.#ids);',
  },
  {
    name: 'JSON where several answers are decoded together',
    file: 'scripts/frameworks/llamacpp/batch-loop.ts',
    edits: [behind('    await decoded;', '    void JSON.stringify(ready.length);')],
    rules: ['between-tokens'],
    at: 'void JSON.stringify(ready.length);',
  },
  inTorchLoop('printing in Python', 'print(token)'),
  inTorchLoop('a sleep in Python', 'time.sleep(0.001)'),
  inTorchLoop('an f-string', 'label = f"token {token}"'),
  inTorchLoop('JSON in Python', 'line = json.dumps(token)'),
  inTorchLoop('a list in Python', 'pair = [token, generated]'),
  {
    name: 'a file in a method that a loop of Python calls',
    file: 'scripts/frameworks/tinygrad/steps.py',
    edits: [behind('        """Waits for the token and fetches it to the host."""', '        open("token.txt")')],
    rules: ['between-tokens'],
    at: 'open("token.txt")',
  },
  {
    name: 'an import where transformers shows its tokens',
    file: 'scripts/frameworks/transformers/model.py',
    edits: [behind('        token = int(ids[0, -1])', '        import json')],
    rules: ['between-tokens'],
    at: '        import json',
  },
  {
    name: 'printing where transformers chooses its tokens',
    file: 'scripts/frameworks/transformers/model.py',
    edits: [['        if not self._evaluated:', '        print(scores)\n        if not self._evaluated:']],
    rules: ['between-tokens'],
    at: '        print(scores)',
  },
  {
    name: 'a file in the step that a framework lends to another one',
    file: 'scripts/frameworks/hybrid/model.py',
    edits: [behind('                self.tinygrad_tokens += 1', '                open("tokens.txt")')],
    rules: ['between-tokens'],
    at: 'open("tokens.txt")',
  },
  {
    name: 'the wall clock as a start',
    file: 'scripts/run/run.ts',
    edits: [behind('  const uuid = randomUUID();', '  const startMs = Date.now();')],
    rules: ['wall-clock'],
    at: 'Date.now()',
  },
  {
    name: 'a difference of dates',
    file: 'scripts/run/run.ts',
    edits: [behind('  const uuid = randomUUID();', '  const startMs = new Date().getTime();')],
    rules: ['wall-clock'],
    at: 'new Date().getTime()',
  },
  {
    name: 'the origin of a page on the wall clock',
    file: 'scripts/engine/traffic.ts',
    edits: [['/** Ends early', 'export const origin = performance.timeOrigin;\n\n/** Ends early']],
    rules: ['wall-clock'],
    at: 'performance.timeOrigin',
  },
  {
    name: 'the wall clock in Python',
    file: 'scripts/frameworks/pytorch/engine.py',
    edits: [['            start = time.perf_counter()', '            start = time.time()']],
    rules: ['wall-clock'],
    at: 'time.time()',
  },
  {
    name: 'the name of a framework where runs are made',
    file: 'scripts/run/run.ts',
    edits: [behind('  const uuid = randomUUID();', "  const isSlow = plan.framework.name === 'pytorch';")],
    rules: ['framework-names'],
    at: "'pytorch'",
  },
  {
    name: 'the name of a framework in a chart',
    file: 'plots/terminal.ts',
    edits: [['async function main', "const first = 'llamacpp';\n\nasync function main"]],
    rules: ['framework-names'],
    at: "'llamacpp'",
  },
  {
    name: 'an import from a higher layer',
    file: 'scripts/statistics/ranks.ts',
    edits: [['export function', "import type { Clock } from '../engine/clock.ts';\n\nexport function"]],
    rules: ['layers'],
    at: '../engine/clock.ts',
  },
  {
    name: 'reading code that knows engines',
    file: 'collate/analysis/measures.ts',
    edits: [
      [
        'export interface Measure',
        "import type { Clock } from '../../scripts/engine/clock.ts';\n\nexport interface Measure",
      ],
    ],
    rules: ['layers'],
    at: 'engine/clock.ts',
  },
  {
    name: 'an import from above that closes many circles',
    file: 'scripts/log/run-log.ts',
    edits: [['/** ', "import type { RunOutcome } from '../run/run.ts';\n\n/** "]],
    rules: ['layers'],
    at: '../run/run.ts',
  },
  {
    name: 'a module that imports itself',
    file: 'scripts/statistics/ranks.ts',
    edits: [['export function', "import type {} from './ranks.ts';\n\nexport function"]],
    rules: ['layers'],
    at: './ranks.ts',
  },
  {
    name: 'a time to first token of its own',
    file: 'collate/analysis/measures.ts',
    edits: [
      [
        'const memory:',
        'export const ttft = (a: { firstTokenNs: number; startNs: number }) => a.firstTokenNs - a.startNs;\nconst memory:',
      ],
    ],
    rules: ['metric-elsewhere'],
    at: 'export const ttft',
  },
  {
    name: 'a decode rate of its own',
    file: 'plots/terminal.ts',
    edits: [
      [
        'async function main',
        'export const rate = (n: number, s: number) => ({ decodeTokensPerSecond: n / s });\n\nasync function main',
      ],
    ],
    rules: ['metric-elsewhere'],
    at: 'export const rate',
  },
  {
    name: 'a default beside an option',
    file: 'scripts/monitor.ts',
    edits: [
      [
        "    .option('--json'",
        "    .option('--max-tokens <n>', 'tokens', wholeNumber(1, 3600), 64)\n    .option('--json'",
      ],
    ],
    rules: ['defaults'],
    at: '--max-tokens',
  },
  {
    name: 'a default where a value is absent',
    file: 'scripts/run/run.ts',
    edits: [behind('  const uuid = randomUUID();', '  const maxTokens = plan.maxTokens ?? 256;')],
    rules: ['defaults'],
    at: '?? 256',
  },
  {
    name: 'a default with a name',
    file: 'scripts/run/run.ts',
    edits: [['export async function', 'const defaultMaxTokens = 256;\n\nexport async function']],
    rules: ['defaults'],
    at: 'defaultMaxTokens',
  },
  {
    name: 'a required member that is missing',
    file: 'scripts/frameworks/openvino/framework.ts',
    edits: [["  modelFormats: ['gguf'],\n", '']],
    rules: ['contract'],
    at: 'export const openvino',
  },
  {
    name: 'a host that is not that of its kind',
    file: 'scripts/frameworks/openvino/framework.ts',
    edits: [["  host: 'python',", "  host: 'node',"]],
    rules: ['contract'],
    at: "host: 'node'",
  },
  {
    name: 'a member that the contract does not have',
    file: 'scripts/frameworks/openvino/framework.ts',
    edits: [behind("  host: 'python',", '  samplesTopK: true,')],
    rules: ['contract'],
    at: 'samplesTopK',
  },
  {
    name: 'an engine that is nowhere',
    file: 'scripts/frameworks/openvino/framework.ts',
    edits: [["'frameworks.openvino.engine'", "'frameworks.openvino.engines'"]],
    rules: ['contract'],
    at: 'frameworks.openvino.engines',
  },
  {
    name: 'a framework that is not registered',
    file: 'scripts/frameworks/registry.ts',
    edits: [["import { openvino } from './openvino/framework.ts';\n", '']],
    rules: ['contract'],
    in: 'scripts/frameworks/openvino/framework.ts',
    at: 'export const openvino',
  },
  {
    name: 'an engine of Python without load',
    file: 'scripts/frameworks/openvino/engine.py',
    edits: [['def load(', 'def open_model(']],
    rules: ['contract'],
  },
  {
    name: 'a framework that stamps no token',
    file: 'scripts/frameworks/openai/answer-reading.ts',
    edits: [['this.#sink.arrived();', 'this.#onStop();']],
    rules: ['contract'],
    in: 'scripts/frameworks/openai/framework.ts',
    at: 'export const openai',
  },
  {
    name: 'a framework without a script of its own',
    file: 'scripts/openvino-benchmark.ts',
    edits: null,
    rules: ['contract'],
    in: 'scripts/frameworks/openvino/framework.ts',
    at: 'export const openvino',
  },
  {
    name: 'a heavy library that is loaded with the framework',
    file: 'scripts/frameworks/llamacpp/framework.ts',
    edits: [
      ['import type { NodeFramework }', "import { getLlama } from 'node-llama-cpp';\nimport type { NodeFramework }"],
    ],
    rules: ['free-import'],
    at: "'node-llama-cpp';",
  },
  {
    name: 'a heavy library that is loaded with an engine of Python',
    file: 'scripts/frameworks/pytorch/engine.py',
    edits: [behind('import time', 'import torch')],
    rules: ['free-import'],
    at: 'import torch',
  },
  {
    name: 'a workload without invariants',
    file: 'scripts/workloads/embedding/invariants.ts',
    edits: null,
    rules: ['workload-parts'],
    in: 'scripts/workloads/embedding/workload.ts',
    at: 'export const embedding',
  },
  {
    name: 'a workload without tables',
    file: 'scripts/workloads/embedding/tables.ts',
    edits: null,
    rules: ['workload-parts'],
    in: 'scripts/workloads/embedding/workload.ts',
    at: 'export const embedding',
  },
  {
    name: 'a workload whose records no log knows',
    file: 'scripts/workloads/records.ts',
    edits: [["import { records as embedding } from './embedding/records.ts';\n", '']],
    rules: ['workload-parts'],
    in: 'scripts/workloads/embedding/workload.ts',
    at: 'export const embedding',
  },
  {
    name: 'a script with one command in its header',
    file: 'scripts/monitor.ts',
    edits: [[' *   npx tsx scripts/monitor.ts --seconds 30 --json\n', '']],
    rules: ['script-help'],
  },
  {
    name: 'a script without examples',
    file: 'plots/terminal.ts',
    edits: [
      [
        "['npx tsx plots/terminal.ts', 'bars for everything in benchmark_output'],\n    ['npx tsx plots/terminal.ts --json', 'the numbers behind them'],",
        '',
      ],
    ],
    rules: ['script-help'],
    at: "program('terminal'",
  },
  {
    name: 'chance without a seed',
    file: 'collate/analysis/groups.ts',
    edits: [['function hasAll', 'export const chance = Math.random();\n\nfunction hasAll']],
    rules: ['randomness'],
    at: 'Math.random()',
  },
  {
    name: 'chance without a seed in Python',
    file: 'scripts/frameworks/openvino/model.py',
    edits: [['np.random.default_rng(seed)', 'np.random.default_rng()']],
    rules: ['randomness'],
    at: 'default_rng()',
  },
  {
    name: 'an error that is forgotten',
    file: 'scripts/run/run.ts',
    edits: [behind('  const uuid = randomUUID();', '  try {\n    onPiece(uuid);\n  } catch {}')],
    rules: ['swallowed-errors'],
    at: '} catch {}',
  },
  {
    name: 'every error passed over in Python',
    file: 'scripts/engine/python/processor.py',
    edits: [['    except OSError:\n        pass', '    except Exception:\n        pass']],
    rules: ['swallowed-errors'],
    at: 'except Exception:',
  },
  {
    name: 'a process that is started by reading code',
    file: 'collate/analysis/groups.ts',
    edits: [['function hasAll', "export { spawn } from 'node:child_process';\n\nfunction hasAll"]],
    rules: ['child-processes'],
    at: 'node:child_process',
  },
  {
    name: 'the end of the process in the middle of a run',
    file: 'scripts/run/run.ts',
    edits: [behind('  const uuid = randomUUID();', '  if (signal.aborted) process.exit(1);')],
    rules: ['process-exit'],
    at: 'process.exit(1)',
  },
  {
    name: 'the name of a framework as a key',
    file: 'plots/terminal.ts',
    edits: [['async function main', 'export const colours = { openvino: 1 };\n\nasync function main']],
    rules: ['framework-names'],
    at: 'openvino: 1',
  },
  {
    name: 'the name of a framework in a type',
    file: 'plots/terminal.ts',
    edits: [['async function main', "export type Known = 'tinygrad' | 'hybrid';\n\nasync function main"]],
    rules: ['framework-names'],
    at: "'tinygrad'",
  },
  {
    name: 'the inside of a framework in the harness',
    file: 'scripts/run/run.ts',
    edits: [
      [
        'export async function',
        "export { loadLlama } from '../frameworks/llamacpp/model.ts';\n\nexport async function",
      ],
    ],
    rules: ['framework-rooms'],
    at: 'llamacpp/model.ts',
  },
  {
    name: 'a model that cannot tell its memory',
    file: 'scripts/frameworks/openvino/model.py',
    edits: [['def memory(', 'def bytes_used(']],
    rules: ['contract'],
    in: 'scripts/frameworks/openvino/framework.ts',
    at: 'export const openvino',
  },
  {
    name: 'a rate that is computed in Python',
    file: 'scripts/frameworks/openvino/model.py',
    edits: [
      ['            generated += 1', '            generated += 1\n            tokens_per_second = generated / 2'],
    ],
    rules: ['metric-elsewhere'],
    at: 'tokens_per_second',
  },
  {
    name: 'a default in capitals',
    file: 'scripts/run/run.ts',
    edits: [['export async function', 'const DEFAULT_MAX_TOKENS = 256;\n\nexport async function']],
    rules: ['defaults'],
    at: 'DEFAULT_MAX_TOKENS',
  },
  {
    name: 'a copy of a default of a workload',
    file: 'scripts/monitor.ts',
    edits: [
      [
        "    .option('--json'",
        "    .option('--n-prompt <n>', 'tokens', wholeNumber(1, 3600), 512)\n    .option('--json'",
      ],
    ],
    rules: ['defaults'],
    at: '--n-prompt',
  },
  {
    name: 'the difference of two dates',
    file: 'scripts/run/run.ts',
    edits: [behind('  const uuid = randomUUID();', '  const tookMs = Number(new Date()) - 1;')],
    rules: ['wall-clock'],
    at: 'Number(new Date())',
  },
  {
    name: 'a default behind two bars',
    file: 'scripts/run/run.ts',
    edits: [behind('  const uuid = randomUUID();', '  const batch = plan.batchTokens || 1024;')],
    rules: ['defaults'],
    at: '|| 1024',
  },
  {
    name: 'an error with a name that is forgotten',
    file: 'scripts/run/run.ts',
    edits: [behind('  const uuid = randomUUID();', '  try {\n    onPiece(uuid);\n  } catch (error) {\n  }')],
    rules: ['swallowed-errors'],
    at: 'catch (error) {\n  }',
  },
  {
    name: 'a file system under a name of its own',
    file: 'collate/analysis/groups.ts',
    edits: [
      [
        'function hasAll',
        "import * as disk from 'node:fs';\n\nexport const done = disk.promises.writeFile('x', '');\n\nfunction hasAll",
      ],
    ],
    rules: ['results-writing'],
    at: 'export const done',
  },
  {
    name: 'a file that is opened to be written',
    file: 'collate/analysis/groups.ts',
    edits: [
      [
        'function hasAll',
        "import { openSync } from 'node:fs';\n\nexport const done = openSync('x', 'w');\n\nfunction hasAll",
      ],
    ],
    rules: ['results-writing'],
    at: 'export const done',
  },
  {
    name: 'a process that is started late',
    file: 'collate/analysis/groups.ts',
    edits: [['function hasAll', "export const late = () => import('node:child_process');\n\nfunction hasAll"]],
    rules: ['child-processes'],
    at: 'export const late',
  },
  {
    name: 'a line that goes past the terminal',
    file: 'collate/analysis/groups.ts',
    edits: [['function hasAll', "export const told = process.stdout.write('x');\n\nfunction hasAll"]],
    rules: ['console-output'],
    at: 'process.stdout.write',
  },
  {
    name: 'an analysis that writes',
    file: 'collate/analysis/groups.ts',
    edits: [
      [
        'function hasAll',
        "import { writeFileSync } from 'node:fs';\n\nexport const done = writeFileSync('x', '');\n\nfunction hasAll",
      ],
    ],
    rules: ['results-writing'],
    at: 'export const done',
  },
  {
    name: 'a module that cannot be parsed',
    file: 'scripts/statistics/ranks.ts',
    edits: [['export function', 'export const = 1;\n\nexport function']],
    rules: ['syntax'],
    at: 'export const = 1;',
  },
];

it('every rule has a fault here', () => {
  const seeded = new Set([...faults.flatMap(({ rules }) => rules), 'long-duplicates']);
  expect(rules.map(({ id }) => id).filter((id) => !seeded.has(id))).toEqual([]);
});

it.each(faults)('$name is found', (fault) => {
  const { tree, text } = seeded(fault);
  const line = fault.at === undefined ? 1 : lineOf(text, fault.at);
  const found = findingsIn(tree, { known: examinedFiles }).map(({ rule, file, line }) => `${rule} ${file}:${line}`);
  expect([...new Set(found)].sort()).toEqual(
    fault.rules.map((rule) => `${rule} ${fault.in ?? fault.file}:${line}`).sort(),
  );
});

it('a passage of twelve lines that stands in two places is found', () => {
  const file = 'collate/analysis/groups.ts';
  const twin = 'collate/analysis/twin.ts';
  const tree = changedTree(ownTree, { [twin]: ownTree.read(file) });
  const found = findingsIn(tree, { known: examinedFiles }).map(({ rule, file }) => ({ rule, file }));
  expect(found).toEqual([{ rule: 'long-duplicates', file }]);
});

it('an exception that excuses nothing is found', () => {
  const given = [...exceptions, { rule: 'wall-clock', file: 'scripts/run/run.ts', reason: 'none' }];
  const found = findingsIn(ownTree, { known: examinedFiles, exceptions: given });
  expect(found).toMatchObject([{ rule: 'unused-exception', file: exceptionsFile }]);
});

/** The tree with the fault in it, and the text of the file that the finding is in. */
function seeded({ file, edits, in: told = file }: Fault) {
  if (edits === null) return { tree: changedTree(ownTree, { [file]: null }), text: ownTree.read(told) };
  const changed = edits.reduce((text, [before, after]) => {
    if (!text.includes(before)) throw new Error(`${file} has no ${before}`);
    return text.replace(before, () => after);
  }, ownTree.read(file));
  return { tree: changedTree(ownTree, { [file]: changed }), text: told === file ? changed : ownTree.read(told) };
}

function lineOf(text: string, part: string): number {
  const at = text.indexOf(part);
  if (at < 0) throw new Error(`no line has ${part}`);
  return text.slice(0, at).split('\n').length;
}
