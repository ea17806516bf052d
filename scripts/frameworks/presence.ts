/** Which variants of a framework are on this machine, and what installs the others: for lists and for advice. */
import { installLine } from '../command-line/shell-line.ts';
import type { Framework } from './framework.ts';
import { type Installation, installed } from './installation.ts';

export interface VariantPresence {
  name: string;
  title: string;
  /** Why one would want it, in a sentence. */
  gain: string;
  minutes: number;
  downloadBytes: number;
  installed: Installation | undefined;
  /** What installs it. */
  command: string;
}

/** Starts nothing. Those that this machine cannot have are left out. */
export async function variantPresences(framework: Pick<Framework, 'name' | 'variants'>): Promise<VariantPresence[]> {
  const presences: VariantPresence[] = [];
  for (const variant of framework.variants ?? []) {
    const recipe = await variant.recipe().catch(() => undefined);
    if (recipe === undefined) continue;
    const { name, title, gain, costs } = variant;
    presences.push({
      ...{ name, title, gain, minutes: costs.minutes, downloadBytes: costs.downloadBytes },
      installed: installed({ framework: framework.name, variant: name }, recipe.identity),
      command: installLine(framework.name, name),
    });
  }
  return presences;
}
