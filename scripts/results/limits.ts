/** Limits of the run-quality checks: from where on a run is in doubt, and from where on it fails; docs/run-quality.md has the reasons. */
export const qualityLimits = {
  /** What is counted in ticks says nothing about a shorter measurement. */
  windowSeconds: 0.5,
  /** Mean number of cores that others kept busy; on a large machine the share of all cores counts. */
  othersCores: { doubt: 0.1, failed: 0.25 },
  othersShareOfMachine: 0.02,
  /** Mean number of cores that another machine had in our place. */
  stealCores: { doubt: 0.05, failed: 0.2 },
  /** Share of the time in which something waited for a processor. */
  pressureShare: 0.2,
  swappedBytes: 1e6,
  /** Share of the periods of a quota of processor time in which it ran out. */
  quotaThrottledShare: 0.01,
  /** Share by which the clock fell below its highest. */
  clockFall: 0.15,
  temperatureC: 90,
  /** Change over the run, once it is too orderly to be chance. */
  drift: { doubt: 0.02, failed: 0.1, falseAlarmRate: 0.01 },
  /** Smallest step of the clock as a share of the time per token. */
  timerShare: { doubt: 0.01, failed: 0.5 },
};

export const energyLimits = {
  /** How long the machine is watched at rest before the engine starts, where there is a meter. */
  restSeconds: 3,
  /** A figure whose sampling error is larger is not given. */
  samplingErrorAtMost: 0.2,
};
