/** Options of tinygrad, which the hybrid has too. */
import { join } from 'node:path';
import { z } from 'zod';
import type { FrameworkOption } from '../../command-line/parsing/framework-options.ts';
import { cacheFolder } from '../../models/model-cache.ts';
import type { FrameworkSettings } from '../../settings/settings.ts';

/** 0: no search. tinygrad's own examples go up to 5; the time of a search grows with it. */
const beams = z.int().min(0).max(64);

export const beamOption = {
  flag: '--tinygrad-beam <n>',
  schema: beams,
  help: 'search for the fastest kernels, and keep this many candidates at each step: minutes once, then found in the cache (default: 0, no search)',
  variable: 'TOKENLAP_TINYGRAD_BEAM',
} satisfies FrameworkOption;

/**
 * What tinygrad reads of it. Results of a search, and the kernels that it compiled, lie in the cache of Tokenlap, unless
 * CACHEDB names another file.
 */
export function beamEnvironment(
  given: FrameworkSettings | undefined,
  inherited: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  if (given?.tinygradBeam === undefined) return {};
  const beam = beams.parse(given.tinygradBeam);
  if (beam === 0) return { BEAM: '0' };
  const cache = inherited.CACHEDB ?? join(cacheFolder(inherited), 'tinygrad', 'kernel-search.db');
  return { BEAM: `${beam}`, CACHEDB: cache };
}
