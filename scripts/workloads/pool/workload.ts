/** The resource pool: levels of concurrency, load cycles and faults, each with engines of its own. */
import type { Loaded } from '../../frameworks/messages.ts';
import type { RunRecord } from '../../log/run-log-format.ts';
import type { EnginesContext } from '../../run/run-plan.ts';
import type { EnginesWorkload } from '../workload.ts';
import { measureCycles } from './faults.ts';
import { measureLevel } from './levels.ts';
import type { Level, PoolContext, PoolPlan } from './pool-context.ts';
import { measureRecovery } from './recovery.ts';

export const pool: EnginesWorkload<PoolPlan> = {
  name: 'pool',
  title: 'resource pool',
  ownEngines: true,
  requested({ levels, faults, cycles, secondsPerLevel, retries, maxTokens }) {
    const of = (kind: Level['kind']) => levels.filter((level) => level.kind === kind);
    const alone = of('models').flatMap(({ models }) => (models.length === 1 ? models.map(({ name }) => name) : []));
    return {
      pool_engines: of('engines')
        .map(({ engines }) => engines)
        .join(','),
      pool_sequences: of('sequences')
        .map(({ sequences }) => sequences)
        .join(','),
      pool_models: alone.join(','),
      pool_faults: faults.join(','),
      cycles,
      secondsPerLevel,
      retries,
      maxTokens,
      temperature: 0,
    };
  },
  asks: (plan) => plan.questions,
  run: measurePool,
};

async function measurePool(running: EnginesContext, plan: PoolPlan): Promise<void> {
  const { reporter, write, now } = running;
  const { levels, model, faults } = plan;
  const context: PoolContext = { ...running, workload: plan, tellEffective: effectiveOnce(write, now) };
  for (const [index, level] of levels.entries()) {
    reporter.stage(`level ${index + 1} of ${levels.length}: ${levelName(level)}`);
    await measureLevel(context, level, index);
  }
  reporter.stage('loading and unloading');
  await measureCycles(context, model);
  for (const fault of faults) {
    reporter.stage(`recovery: ${fault.replaceAll('_', ' ')}`);
    await measureRecovery(context, model, fault);
  }
}

function levelName({ kind, engines, sequences, models }: Level): string {
  if (kind === 'models') return models.map(({ name }) => name).join(' + ');
  return kind === 'engines' ? `engines: ${engines}` : `sequences: ${sequences}`;
}

/** The first engine stands for all: they have the same settings but for threads and sequences, which each level tells. */
function effectiveOnce(write: (record: RunRecord) => void, now: () => number): (loaded: Loaded) => void {
  let told = false;
  return ({ effective: { notes, ...facts } }) => {
    if (told) return;
    told = true;
    write({ type: 'effective', atNs: now(), ...facts });
    for (const note of notes) write({ type: 'warning', ...note });
  };
}
