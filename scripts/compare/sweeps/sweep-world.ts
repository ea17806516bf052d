/** What a sweep needs of the world around it; every part has its real default. */
import type { Framework } from '../../frameworks/framework.ts';
import { frameworkNamed } from '../../frameworks/registry.ts';
import { availableBytes } from '../../machine/facts/usable.ts';
import { resolveModel } from '../../models/resolve.ts';
import { runBenchmark } from '../../run/run.ts';

export interface SweepWorld {
  /** @throws UserError naming those that there are */
  frameworkNamed: (name: string) => Framework;
  resolveModel: typeof resolveModel;
  /** One run of a plan, with a log of its own. */
  runBenchmark: typeof runBenchmark;
  /** Memory that a new process can have, limits of a container included. */
  availableBytes: () => number;
}

export const realWorld: SweepWorld = {
  frameworkNamed,
  resolveModel,
  runBenchmark,
  availableBytes: () => availableBytes(),
};
