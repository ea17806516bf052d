/** The order of a stage: blocks of A B B A of each cell, one block of every cell before the next of any. */
import type { Side } from '../../log/gate-plan.ts';
import { shuffle } from '../../statistics/seeded-random.ts';
import { pairOrder } from '../../statistics/two-stage.ts';

export interface GateTurn {
  /** Number of the cell. */
  cell: number;
  side: Side;
  iteration: number;
}

const pairsOfBlock = 2;

/**
 * Both builds of a cell run next to each other, so that a slow drift hits them alike, and the runs of a cell are spread over the
 * whole stage, so that a disturbance hits one block of it. Which side begins is drawn for each cell.
 * @param cells with their runs a side
 */
export function gateTurns(cells: ReadonlyArray<{ cell: number; runs: number }>, seed: number): GateTurn[] {
  const begins = new Map(shuffle(cells, seed).map(({ cell }, i) => [cell, i % 2 === 0]));
  const blocks = Math.ceil(Math.max(0, ...cells.map(({ runs }) => runs)) / pairsOfBlock);
  const turns: GateTurn[] = [];
  for (let block = 0; block < blocks; block++) {
    for (const { cell, runs } of shuffle(cells, seed + block)) {
      const order = pairOrder(runs);
      for (let pair = block * pairsOfBlock; pair < Math.min(runs, (block + 1) * pairsOfBlock); pair++) {
        const [first, second]: [Side, Side] = order[pair] === begins.get(cell) ? ['base', 'head'] : ['head', 'base'];
        turns.push({ cell, side: first, iteration: pair }, { cell, side: second, iteration: pair });
      }
    }
  }
  return turns;
}
