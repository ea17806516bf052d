/** `models.ts costs`: what one token costs the known models in each format, from their shapes: no file is read. */
import { bytes, parameterCount } from '../../command-line/format.ts';
import { program } from '../../command-line/program.ts';
import { paint, table } from '../../command-line/terminal.ts';
import { modelCost } from '../../models/model-costs.ts';
import { printResult } from '../../models/model-progress.ts';
import { findModel, loadRegistry } from '../../models/registry.ts';
import type { CostOfWeights, ModelCost } from '../../results/model-costs.ts';

export function costsCommand() {
  return program('costs', 'Bytes that one token reads, and what is cached for it, by model and format.', [
    ['npx tsx scripts/models.ts costs --size 1B', 'one model'],
    ['npx tsx scripts/models.ts costs --json', 'all of them, tensor formats apart'],
  ])
    .option('--size <size>', 'only the model of this size')
    .option('--algorithm <family>', 'of this family, where a size has several')
    .option('--json', 'print JSON', false)
    .action(({ size, algorithm, json }) => {
      const registry = loadRegistry();
      const all = size === undefined && algorithm === undefined;
      const chosen = all ? registry.models : [findModel(registry, size, algorithm)];
      const models = chosen.map(modelCost);
      printResult(json, { models }, () => costsText(models));
    });
}

function costsText(models: readonly ModelCost[]): string {
  const rows = models.flatMap(({ id, layers, kvElementsPerPosition, formats }) =>
    formats.map(({ quantize, weights }) => [
      id,
      quantize,
      String(layers),
      parameterCount(sum(weights, ({ activeParameters }) => activeParameters)),
      bytes(sum(weights, ({ activeBytes }) => activeBytes)),
      bytes(sum(weights, (each) => each.bytes)),
      bytes(2 * kvElementsPerPosition),
    ]),
  );
  return [
    table(['model', 'format', 'layers', 'active', 'read per token', 'weights', 'kept per token'], rows, 'llrrrrr'),
    paint('dim', 'Active: weights that a token is multiplied with. Kept per token: keys and values in f16.'),
  ].join('\n');
}

function sum(weights: readonly CostOfWeights[], of: (weights: CostOfWeights) => number): number {
  return weights.reduce((total, each) => total + of(each), 0);
}
