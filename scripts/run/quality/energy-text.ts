/** Energy per token as a person reads it in the terminal. */
import { significant } from '../../command-line/format.ts';
import type { EnergyFigures, EnergyPerToken } from '../../results/figures/energy.ts';

export function energyText({ meter, idleWatts, prefill, decode }: EnergyFigures): string {
  const atRest = idleWatts === null ? 'power at rest not known' : `${significant(idleWatts)} W at rest subtracted`;
  return `decode ${perToken(decode)}, prefill ${perToken(prefill)}; ${atRest}; meter: ${meter}`;
}

function perToken(energy: EnergyPerToken | null): string {
  if (energy === null) return 'not known (too few samples)';
  const { net, gross, samplingError } = energy;
  const error = `± ${significant(samplingError * 100, 2)} %`;
  return net === null
    ? `${significant(gross)} J/token ${error}`
    : `${significant(net)} J/token (${significant(gross)} with the machine at rest, ${error})`;
}
