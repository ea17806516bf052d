/** What tokens cost the known models: asked of `models.ts costs`, which knows their shapes, in a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { oneLine, UserError } from '../../scripts/command-line/errors.ts';
import { type ModelCost, modelCostsSchema } from '../../scripts/results/model-costs.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';

const script = 'scripts/models.ts';

let asked: Promise<ModelCost[]> | undefined;

/** Once a process: shapes do not change. @throws UserError with what the script said when it fails */
export function readModelCosts(): Promise<ModelCost[]> {
  asked ??= askForCosts();
  return asked;
}

async function askForCosts(): Promise<ModelCost[]> {
  const file = fileURLToPath(new URL(`../../${script}`, import.meta.url));
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), file, 'costs', '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [said, wrong, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  if (code !== 0) {
    throw new UserError(`the shapes of the models cannot be read: ${oneLine(wrong)}`, {
      remedy: `See what \`npx tsx ${script} costs\` says.`,
    });
  }
  return modelCostsSchema.parse(JSON.parse(said)).models;
}

/** The known model that a run measured: by size and family, or else by its name. */
export function costOfRun(
  { size, algorithm, model }: Pick<RunRow, 'size' | 'algorithm' | 'model'>,
  costs: readonly ModelCost[],
): ModelCost | undefined {
  const bare = (name: string | null) => (name ?? '').replace(/ \(synthetic\)$/, '').toLowerCase();
  return (
    costs.find((cost) => same(cost.size, size) && same(cost.algorithm, algorithm)) ??
    costs.find(({ name }) => bare(name) === bare(model))
  );
}

/** A model as typed: its id, size or name. Several have one size. */
export function costsNamed(typed: string, costs: readonly ModelCost[]): ModelCost[] {
  const exact = costs.filter(({ id, name }) => same(id, typed) || same(name, typed));
  return exact.length > 0 ? exact : costs.filter(({ size }) => same(size, typed));
}

function same(a: string, b: string | null): boolean {
  return a.toLowerCase() === b?.toLowerCase();
}
