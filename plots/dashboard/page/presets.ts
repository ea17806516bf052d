/** The questions that people come with, each one step away. */
import { firstState, type State } from './state.ts';

interface Preset {
  readonly question: string;
  readonly state: Partial<State>;
}

export const presets: readonly Preset[] = [
  { question: 'Which framework is fastest here?', state: { view: 'comparison' } },
  { question: 'What should I run here?', state: { view: 'recommendation' } },
  { question: 'Which one starts to answer first?', state: { view: 'comparison', choices: { figure: 'ttft_ms' } } },
  { question: 'Did anything become slower?', state: { view: 'trend' } },
  { question: 'How close is it to the hardware?', state: { view: 'roofline' } },
  { question: 'What does speed cost in memory?', state: { view: 'tradeoff' } },
  { question: 'How much load can it take?', state: { view: 'load' } },
];

/** Filter and looks stay as they are. */
export function applied(state: State, { state: asked }: Preset): State {
  return { ...firstState, filter: state.filter, theme: state.theme, sort: state.sort, ...asked };
}
