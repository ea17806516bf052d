/** The first slide: what was compared, on which machine, when. */
import { bytes, counted } from '../../../scripts/command-line/format.ts';
import type { RunRow } from '../../../scripts/results/runs/runs.ts';
import { modelName } from '../../data/groups.ts';
import { whenAndWhere } from '../../data/when-and-where.ts';
import { points, type SlideOf } from '../slide.ts';

const mostNamed = 4;

export const titleSlide: SlideOf = ({ data: { runs, titleOf } }) => {
  const frameworks = [...new Set(runs.flatMap(({ framework }) => framework ?? []))].map(titleOf);
  const hosts = [...new Set(runs.flatMap(({ hostname }) => hostname ?? []))];
  const where = hosts.length === 1 ? ` on ${hosts[0]}` : hosts.length > 1 ? ` on ${hosts.length} hosts` : '';
  const models = [...new Set(runs.flatMap(modelWords))].sort();
  return {
    name: 'title',
    message: `${comparedWords(frameworks)}${where}`,
    blocks: points([
      ...(models.length === 0 ? [] : [`Models: ${namesOf(models)}`]),
      ...[...new Set(runs.flatMap(machineWords))].slice(0, mostNamed),
    ]),
    note: whenAndWhere(runs),
  };
};

function comparedWords(frameworks: readonly string[]): string {
  const last = frameworks.at(-1);
  if (last === undefined) return 'Nothing was measured';
  if (frameworks.length === 1) return `${last} measured`;
  if (frameworks.length > mostNamed) return `${frameworks.length} inference frameworks compared`;
  return `${frameworks.slice(0, -1).join(', ')} and ${last} compared`;
}

function modelWords({ model, quantize, synthetic }: RunRow): string[] {
  if (model === null) return [];
  return [[modelName({ model, synthetic: synthetic === true }), quantize].filter((part) => part !== null).join(' ')];
}

function machineWords({ hostname, cpu_model, physical_cores: cores, memory_bytes: memory }: RunRow): string[] {
  const parts = [
    cpu_model,
    cores === null ? null : counted(cores, 'cores'),
    memory === null ? null : `${bytes(memory)} of memory`,
  ].filter((part) => part !== null);
  return hostname === null || parts.length === 0 ? [] : [`${hostname}: ${parts.join(', ')}`];
}

function namesOf(names: readonly string[]): string {
  const more = names.length - mostNamed;
  return `${names.slice(0, mostNamed).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
