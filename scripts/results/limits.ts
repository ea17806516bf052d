/** From what on a run is doubted, and from what on it fails: configs/defaults.json; docs/run-quality.md has the reasons. */
import { z } from 'zod';
import defaultsFile from '../../configs/defaults.json' with { type: 'json' };

const positive = z.number().positive();
const limitSchema = z.object({ doubt: positive, failed: positive });

export const limits = z
  .object({
    certificate: z.object({
      /** What is counted in ticks tells nothing of a shorter measurement. */
      windowSeconds: positive,
      /** Mean number of cores that others kept busy; on a large machine the share of all cores counts. */
      othersCores: limitSchema,
      othersShareOfMachine: positive,
      /** Mean number of cores that another machine had in our place. */
      stealCores: limitSchema,
      /** Share of the time in which something waited for a processor. */
      pressureShare: positive,
      swappedBytes: positive,
      /** Share of the periods of a quota of processor time in which it ran out. */
      quotaThrottledShare: positive,
      /** Share by which the clock fell below its highest. */
      clockFall: positive,
      temperatureC: positive,
      /** Change over the run, once it is too orderly to be chance. */
      drift: limitSchema.extend({ falseAlarmRate: positive }),
      /** Smallest step of the clock as a share of the time per token. */
      timerShare: limitSchema,
    }),
    energy: z.object({
      /** How long the machine is watched at rest before the engine starts, where there is a meter. */
      restSeconds: positive,
      /** A figure whose sampling error is larger is not given. */
      samplingErrorAtMost: positive,
    }),
  })
  .parse(defaultsFile);
