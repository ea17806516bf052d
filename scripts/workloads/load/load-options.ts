/** The options of a load test. */
import type { Command } from '@commander-js/extra-typings';
import type { OptionValues } from 'commander';
import { addSettings } from '../../command-line/parsing/add-settings.ts';
import { type Objectives, objectives } from '../../log/figures/objectives.ts';
import { namesOf } from '../../settings/setting.ts';
import type { SettingValues } from '../../settings/settings.ts';
import { loadSettings } from '../../settings/workload-settings.ts';
import { type LoadShape, loadShape } from './records.ts';

export type LoadOptionValues = SettingValues<'loadSeconds' | 'loadWarmUp' | 'requestTimeoutSeconds'> & {
  /** Absent: no load test. */
  load?: LoadShape | undefined;
  slo?: Objectives | undefined;
};

export function withLoadOptions<Args extends unknown[], Options extends OptionValues>(command: Command<Args, Options>) {
  return addSettings(command, namesOf(loadSettings), { load: { parse: loadShape }, slo: { parse: objectives } });
}
