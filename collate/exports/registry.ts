/** The one list of export formats: `--format`, its help, and docs/ci.md go by it. */
import { commentFormat } from './comment/comment-format.ts';
import { customBiggerIsBetter, customSmallerIsBetter } from './custom-benchmark.ts';
import type { ExportFormat } from './format.ts';
import { json } from './json.ts';
import { junit } from './junit.ts';
import { opentelemetry } from './metrics/opentelemetry.ts';
import { prometheus } from './metrics/prometheus.ts';
import { mlflow } from './mlflow/mlflow.ts';

export const exportFormats: readonly ExportFormat[] = [
  commentFormat,
  junit,
  json,
  customBiggerIsBetter,
  customSmallerIsBetter,
  opentelemetry,
  prometheus,
  mlflow,
];
