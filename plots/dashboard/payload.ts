/** What a dashboard has in it: the one definition for the builder that writes it and the page that reads it. */
import type { PackedGroup } from './packing/groups.ts';
import type { PackedRows } from './packing/rows.ts';
import type { PackedTokens } from './packing/tokens.ts';
import type { TrendSeries } from './packing/trend-series.ts';
import type { RecommendationView } from './recommendation.ts';

export const payloadSchema = 'tokenlap.dashboard/1';

export interface Payload {
  readonly schema: typeof payloadSchema;
  /** When the latest run began, ISO 8601; empty where there are no runs. */
  readonly latest: string;
  /** Whether it is served and shows runs as they come in. */
  readonly watched: boolean;
  readonly runs: PackedRows;
  readonly memory: PackedRows;
  readonly load: PackedRows;
  readonly pool: PackedRows;
  readonly hardware: PackedRows;
  readonly groups: readonly PackedGroup[];
  readonly trend: readonly TrendSeries[];
  readonly tokens: PackedTokens;
  readonly recommendation: RecommendationView | null;
}

/** The element that holds the payload, gzipped, as base64. */
export const payloadElement = 'data';

export function isPayload(value: unknown): value is Payload {
  return typeof value === 'object' && value !== null && 'schema' in value && value.schema === payloadSchema;
}
