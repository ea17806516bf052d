/** What a sweep needs of the world around it; every part has its real default. */
import type { Framework } from '../frameworks/framework.ts';
import { frameworkNamed } from '../frameworks/registry.ts';
import { resolveModel } from '../models/resolve.ts';

export interface SweepWorld {
  /** @throws UserError naming those that there are */
  frameworkNamed: (name: string) => Framework;
  resolveModel: typeof resolveModel;
  /** Memory that a new process can have, limits of a container included. */
  availableBytes: () => number;
}

export const realWorld: SweepWorld = {
  frameworkNamed,
  resolveModel,
  availableBytes: () => process.availableMemory(),
};
