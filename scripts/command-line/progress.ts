/**
 * Progress of long work on standard error: one line that rewrites itself with percent and time left on a terminal; a line
 * per stage elsewhere.
 */
import { milliseconds } from './format.ts';
import { printable } from './printable-text.ts';
import { displayWidth } from './screen-text.ts';
import { isInteractive, paint } from './terminal.ts';

export interface Progress {
  /** @param total 0 where it is not known */
  update(done: number, total: number, detail?: string): void;
  /** Begins a stage under another name. @param counted part of the count before it, whose time left goes on */
  stage(label: string, counted?: boolean): void;
  /** Clears the line, so that results start in the first column. */
  end(): void;
}

/** For terminals that do not report their width: some say undefined, some 0. */
const unknownColumns = 80;

const redrawEveryMs = 100;
/** Keeps the time left going while nothing is reported. */
const refreshEveryMs = 1000;
/** Too early, an estimate is only noise. */
const estimateAfterMs = 500;

/**
 * @param left time left for all of it in place of that of each stage, in milliseconds; null: not known. It is given the count
 *   of the stage.
 */
export function progress(
  label: string,
  stream: NodeJS.WriteStream = process.stderr,
  left?: (count: { done: number; total: number }) => number | null,
): Progress {
  const live = isInteractive(stream);
  let current = printable(label);
  let stageStart = performance.now();
  let drawnAt = Number.NEGATIVE_INFINITY;
  let said = '';
  let refresh: NodeJS.Timeout | undefined;
  let last = { done: 0, total: 0, detail: '' };

  const stageLeftMs = (): number | null => {
    const { done, total } = last;
    const elapsedMs = performance.now() - stageStart;
    return done > 0 && done < total && elapsedMs > estimateAfterMs ? (elapsedMs / done) * (total - done) : null;
  };
  const leftText = () => {
    const leftMs = left === undefined ? stageLeftMs() : left(last);
    return leftMs === null ? '' : `${milliseconds(leftMs)} left${left === undefined ? '' : ' in all'}`;
  };
  const announce = () => {
    const all = left === undefined ? '' : leftText();
    if (!live && current !== said) stream.write(`${current} ...${all === '' ? '' : ` (${all})`}\n`);
    said = current;
  };
  const draw = () => {
    const { done, total, detail } = last;
    const share = total > 0 ? ` ${Math.floor((done / total) * 100)} %` : '';
    const more = [leftText(), detail].filter((text) => text !== '').map((text) => `, ${text}`);
    stream.write(
      `\r\u001b[K${lineOf(current, `${share}${more.join('')}`, (stream.columns || unknownColumns) - 1, stream)}`,
    );
    if (left === undefined) return;
    refresh ??= setInterval(draw, refreshEveryMs).unref();
  };
  announce();
  if (live) draw();

  return {
    update(done, total, detail = '') {
      last = { done, total, detail: printable(detail) };
      const now = performance.now();
      if (!live || (now - drawnAt < redrawEveryMs && done < total)) return;
      drawnAt = now;
      draw();
    },
    stage(label, counted = false) {
      const next = printable(label);
      if (next === current && said === next && !live) return;
      if (next !== current && !counted) {
        stageStart = performance.now();
        last = { done: 0, total: 0, detail: '' };
      }
      current = next;
      drawnAt = Number.NEGATIVE_INFINITY;
      announce();
      if (live) draw();
    },
    end() {
      clearInterval(refresh);
      refresh = undefined;
      if (live) stream.write('\r\u001b[K');
    },
  };
}

/** Characters that stay of a label that is cut, at least. */
const shortestLabel = 12;

/** One line of the screen: where it does not fit, the label gives way to the time that is left. */
function lineOf(label: string, more: string, room: number, stream: NodeJS.WriteStream): string {
  const moreWidth = displayWidth(more);
  const forLabel = room - moreWidth;
  const shown =
    displayWidth(label) <= forLabel || forLabel < shortestLabel ? label : `${label.slice(0, forLabel - 1)}…`;
  const left = room - displayWidth(shown);
  if (left < 0) return `${label.slice(0, room - 1)}…`;
  return `${shown}${paint('dim', moreWidth > left ? more.slice(0, left) : more, stream)}`;
}
