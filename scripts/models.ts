/**
 * The models that benchmarks run: what there is, fetching and making them, and looking into files. Models are kept in the
 * model cache (TOKENLAP_CACHE); benchmarks fetch or make what they need by themselves.
 *
 *   npx tsx scripts/models.ts list
 *   npx tsx scripts/models.ts synthesize 1B --quantize q8_0
 */
import { program, run } from './command-line/program.ts';
import { convertCommand } from './preparation/commands/convert.ts';
import { costsCommand } from './preparation/commands/costs.ts';
import { exportCommand } from './preparation/commands/export.ts';
import { familiesCommand } from './preparation/commands/families.ts';
import { inspectCommand } from './preparation/commands/inspect.ts';
import { fetchCommand, listCommand, synthesizeCommand } from './preparation/commands/known-models.ts';
import { quantizeCommand } from './preparation/commands/quantize.ts';
import { verifyCommand } from './preparation/commands/verify.ts';

await run(async () => {
  await program(
    'models',
    'The models that benchmarks run: list, families, costs, fetch, synthesize, convert, quantize, export, inspect, verify.',
    [
      ['npx tsx scripts/models.ts list', 'what there is, and what is on this machine'],
      ['npx tsx scripts/models.ts families', 'families, what a token costs them, what runs them'],
      ['npx tsx scripts/models.ts costs --size 1B', 'bytes that a token reads, by format'],
      ['npx tsx scripts/models.ts fetch 1B --quantize q4_k_m', 'download before going offline'],
      ['npx tsx scripts/models.ts synthesize 1B --quantize q8_0', 'random weights of the real shape'],
      ['npx tsx scripts/models.ts convert ./my-model', 'safetensors to GGUF'],
      ['npx tsx scripts/models.ts quantize ./model-f16.gguf --to q8_0', 'another weight format'],
      ['npx tsx scripts/models.ts inspect ./model.gguf', 'formats, counts, tokenizer of a file'],
      ['npx tsx scripts/models.ts verify --all', 'every model in the cache against its sha256'],
    ],
  )
    .addCommand(listCommand())
    .addCommand(familiesCommand())
    .addCommand(costsCommand())
    .addCommand(fetchCommand())
    .addCommand(synthesizeCommand())
    .addCommand(convertCommand())
    .addCommand(quantizeCommand())
    .addCommand(exportCommand())
    .addCommand(inspectCommand())
    .addCommand(verifyCommand())
    .parseAsync();
});
