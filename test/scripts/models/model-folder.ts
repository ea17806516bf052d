/** A folder for models that is removed when its test ends, and small models to put there. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { ModelProgress } from '../../../scripts/models/model-progress.ts';
import { findModel, loadRegistry } from '../../../scripts/models/registry.ts';
import type { RegisteredModel } from '../../../scripts/models/registry-schema.ts';

export function modelFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'tokenlap-models-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

export const silent: ModelProgress = () => {};

/** A registered model, shrunk to two layers and a small vocabulary: the same architecture in some hundred kilobytes. */
export function smallModel(family: string, changes: Partial<RegisteredModel['shape']> = {}): RegisteredModel {
  const model = findModel(loadRegistry(), undefined, family);
  const heads = 4;
  const shape = {
    ...model.shape,
    ...{ layers: 2, embedding: 128, feedForward: 192, vocabulary: 320, contextLength: 256 },
    ...{ heads, keyValueHeads: model.shape.heads === model.shape.keyValueHeads ? heads : 2, headDimension: 32 },
    ...changes,
  };
  return { ...model, size: 'small', shape };
}
