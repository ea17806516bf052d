/** Whether a framework can do with a model what is asked of it, as far as that is known before either is loaded. */

import { exitCodes, UserError } from '../command-line/errors.ts';
import type { Framework } from '../frameworks/framework.ts';
import { frameworks } from '../frameworks/registry.ts';
import type { ModelRecord } from '../log/records/model-record.ts';
import { familyRunsAs, findFamily, runsAs } from '../models/architectures/architectures.ts';
import type { NamedWorkload } from '../settings/defaults.ts';

/** Undefined where no file says what it is: a server's model, one in a format of its own. */
export function recordRunsAs({ architecture, experts }: ModelRecord): string | undefined {
  return architecture === undefined ? undefined : runsAs(architecture, experts !== undefined);
}

/** @throws UserError with what would do instead */
export function requireFit(framework: Framework, record: ModelRecord, workload: NamedWorkload | undefined): void {
  const embedding = workload === 'embedding';
  if (embedding) requireEmbeds(framework);
  if (record.encoder === true && !embedding) {
    throw new UserError(`${record.name} is an encoder: it embeds texts and writes none`, {
      exitCode: exitCodes.usage,
      remedy: 'Measure it with --workload embedding, or choose a model that generates.',
    });
  }
  requireArchitecture(framework, recordRunsAs(record));
}

/**
 * What the name of a family tells before its model is fetched or made.
 * @throws UserError likewise
 */
export function requireFamilyFit(framework: Framework, algorithm: string | undefined): void {
  const family = algorithm === undefined ? undefined : findFamily(algorithm);
  if (family !== undefined) requireArchitecture(framework, familyRunsAs(family));
}

function requireArchitecture(framework: Framework, needed: string | undefined): void {
  const { architectures } = framework;
  if (needed === undefined || architectures === undefined || architectures.includes(needed)) return;
  const others = frameworks.filter((each) => each !== framework && each.architectures?.includes(needed) !== false);
  throw new UserError(`${framework.title} does not run ${needed}, only ${architectures.join(', ')}`, {
    exitCode: exitCodes.usage,
    remedy: `It runs in: ${others.map(({ name }) => name).join(', ')}. \`npx tsx scripts/models.ts families\` shows all.`,
  });
}

export function requireEmbeds(framework: Framework): void {
  if (framework.embeds === true) return;
  throw new UserError(`${framework.title} embeds no texts`, {
    exitCode: exitCodes.usage,
    remedy: `Frameworks that do: ${frameworks
      .filter(({ embeds }) => embeds)
      .map(({ name }) => name)
      .join(', ')}.`,
  });
}
