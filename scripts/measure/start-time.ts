/** How long `npm start` still takes, all of its stages together. Instants are those of `performance.now()`: from the start of the process. */
export class StartTime {
  readonly #reportMs: number;
  readonly #now: () => number;
  #stage: 'before' | 'measuring' | 'report' = 'before';
  /** When the rounds should be over; infinite where nobody said how long it may take. */
  readonly roundsEndAtMs: number;
  #expectedEndMs: number;

  /** @param budgetMs for all of it; null: as long as it takes */
  constructor(budgetMs: number | null, reportMs: number, now: () => number = () => performance.now()) {
    this.#reportMs = reportMs;
    this.#now = now;
    this.roundsEndAtMs = budgetMs === null ? Number.POSITIVE_INFINITY : budgetMs - reportMs;
    this.#expectedEndMs = this.roundsEndAtMs + reportMs;
  }

  /** @param expectedMs of the rounds, which begin now */
  planned(expectedMs: number): void {
    this.#stage = 'measuring';
    this.#expectedEndMs = this.#now() + expectedMs + this.#reportMs;
  }

  measured(): void {
    this.#stage = 'report';
    this.#expectedEndMs = this.#now() + this.#reportMs;
  }

  /** @param stageLeftMs of the stage, by its pace so far; null: not known. @returns null where nobody knows yet */
  leftMs(stageLeftMs: number | null): number | null {
    if (this.#stage === 'measuring' && stageLeftMs !== null) return stageLeftMs + this.#reportMs;
    const left = this.#expectedEndMs - this.#now();
    return Number.isFinite(left) ? Math.max(0, left) : null;
  }
}
