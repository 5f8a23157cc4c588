/** The connections in memory, at most so many of them. */
import { createCell, type TokenCell } from './token-cell.ts';

export interface Cells {
  find(name: string): TokenCell | undefined;
  /** Finds or makes; making one beyond the limit lets go of one that was not used lately. */
  use(name: string): TokenCell;
  has(cell: TokenCell): boolean;
  remove(cell: TokenCell): void;
  all(): TokenCell[];
  size(): number;
}

function isBusy(cell: TokenCell): boolean {
  return cell.flight !== undefined || cell.waitingCallers > 0 || cell.pending !== undefined;
}

/** Second chance: a use only sets a mark, so that the hot path moves nothing; whoever has a mark loses it and goes to the end. */
export function createCells(cellsMax: number): Cells {
  const cells = new Map<string, TokenCell>();

  function makeRoom(): void {
    for (let tries = cells.size * 2; cells.size >= cellsMax && tries > 0; tries -= 1) {
      const [oldest] = cells.values();
      if (oldest === undefined) return;
      cells.delete(oldest.name);
      if (!isBusy(oldest) && !oldest.wasUsed) continue;
      oldest.wasUsed = false;
      cells.set(oldest.name, oldest);
    }
  }

  return {
    find: (name) => cells.get(name),
    use(name) {
      const known = cells.get(name);
      if (known !== undefined) return known;
      if (cells.size >= cellsMax) makeRoom();
      const cell = createCell(name);
      cells.set(name, cell);
      return cell;
    },
    has: (cell) => cells.get(cell.name) === cell,
    remove(cell) {
      if (cells.get(cell.name) === cell) cells.delete(cell.name);
    },
    all: () => [...cells.values()],
    size: () => cells.size,
  };
}
