/** Light and dark: the charts are made in the colours of the light theme, and repainted for the dark one. */
import { config, darkColors } from '../../render/theme.ts';
import type { Theme } from './state.ts';

const darkSystem = '(prefers-color-scheme: dark)';

export function isDark(theme: Theme): boolean {
  return theme === 'dark' || (theme === 'system' && matchMedia(darkSystem).matches);
}

export function onSystemChange(listener: () => void): void {
  matchMedia(darkSystem).addEventListener('change', listener);
}

/** For Vega-Lite; the marks of a chart that has a table behind it need no labels of their own. */
export function chartConfig(dark: boolean) {
  const own = {
    ...config,
    padding: 6,
    axis: { ...config.axis, labelFontSize: 12, titleFontSize: 12 },
    legend: legendConfig,
  };
  return dark ? repainted(own) : own;
}

const legendConfig = { labelFontSize: 12, labelColor: '#1f2328', symbolSize: 90, rowPadding: 4 } as const;

/** The same value with every colour of the light theme replaced. */
export function repainted<T>(value: T): T;
export function repainted(value: unknown): unknown {
  if (typeof value === 'string') return darkColors.get(value) ?? value;
  if (Array.isArray(value)) return value.map((each) => repainted(each));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, repainted(each)]));
}
