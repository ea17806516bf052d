/**
 * The process of gguf-mutants.test.ts that reads them: with little memory, one line of JSON for each. What ends it ends the test.
 * Arguments: a folder, the first seed, how many.
 */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { oneLine, UserError } from '../../../../scripts/command-line/errors.ts';
import { chatTemplateOf } from '../../../../scripts/models/chat-template/chat-template.ts';
import { ggufFacts } from '../../../../scripts/models/gguf/facts.ts';
import { readGguf } from '../../../../scripts/models/gguf/reader.ts';
import { WeightFiles } from '../../../../scripts/models/quantization/weight-conversion.ts';
import { inspectCommand } from '../../../../scripts/preparation/commands/inspect.ts';
import { verifyFile } from '../../../../scripts/preparation/verify.ts';
import { writeMutant } from './mutated-gguf.ts';

const [folder = '', original = '', first = '0', count = '0'] = process.argv.slice(2);
const bytes = readFileSync(original);
const { headBytes } = await readGguf(original);
const tell = process.stdout.write.bind(process.stdout);
let templates = 0;
// A command listens to signals, and here it is called many times.
process.setMaxListeners(0);

for (let seed = Number(first); seed < Number(first) + Number(count); seed++) {
  const path = join(folder, `mutant-${seed}.gguf`);
  const what = writeMutant(bytes, headBytes, seed, path);
  tell(`${JSON.stringify({ seed, what })}\n`);
  const before = performance.now();
  const said = await complaint(path);
  rmSync(path);
  const { maxRSS } = process.resourceUsage();
  tell(`${JSON.stringify({ seed, what, said, ms: performance.now() - before, residentBytes: maxRSS * 1024 })}\n`);
}

/** Null for a mutant that is read; a fault of ours ends the process. */
async function complaint(path: string): Promise<string | null> {
  try {
    const file = await readGguf(path);
    const facts = ggufFacts(file);
    // What follows hashes the file; one that is hollow takes seconds for that.
    if (file.fileBytes < 1e8) {
      await verifyFile(path, () => {});
      process.stdout.write = () => true;
      await inspectCommand().parseAsync(['node', 'inspect', path]);
    }
    await using files = new WeightFiles();
    for (const tensor of [file.tensors.at(0), file.tensors.at(-1)]) {
      if (tensor !== undefined) await files.read(tensor, tensor.offset, new Uint8Array(Math.min(tensor.bytes, 1e6)));
    }
    // A thread has to be started for each.
    if (templates++ % 10 === 0) await chatTemplateOf(facts)([{ role: 'user', content: 'hi' }]);
    return null;
  } catch (error) {
    if (error instanceof UserError) return oneLine(error);
    throw error;
  } finally {
    process.stdout.write = tell;
  }
}
