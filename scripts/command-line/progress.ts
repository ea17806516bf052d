/**
 * Progress of long work on standard error: one line that rewrites itself with percent and time left on a terminal; a line
 * per stage elsewhere.
 */
import { milliseconds } from './format.ts';
import { printable } from './printable-text.ts';
import { displayWidth, isInteractive, paint } from './terminal.ts';

export interface Progress {
  /** @param total 0 where it is not known */
  update(done: number, total: number, detail?: string): void;
  /** Begins a stage under another name. @param counted part of the count before it, whose time left goes on */
  stage(label: string, counted?: boolean): void;
  /** Clears the line, so that results start in the first column. */
  end(): void;
}

const redrawEveryMs = 100;
/** Too early, an estimate is only noise. */
const estimateAfterMs = 500;

export function progress(label: string, stream: NodeJS.WriteStream = process.stderr): Progress {
  const live = isInteractive(stream);
  let current = printable(label);
  let stageStart = performance.now();
  let drawnAt = Number.NEGATIVE_INFINITY;
  let said = '';

  const announce = () => {
    if (!live && current !== said) stream.write(`${current} ...\n`);
    said = current;
  };
  const draw = (text: string) => {
    const room = (stream.columns ?? 80) - 1;
    const cut = displayWidth(text) > room ? `${text.slice(0, room - 1)}…` : text;
    stream.write(`\r\u001b[K${cut}`);
  };
  announce();
  if (live) draw(current);

  return {
    update(done, total, detail = '') {
      const now = performance.now();
      if (!live || (now - drawnAt < redrawEveryMs && done < total)) return;
      drawnAt = now;
      const elapsedMs = now - stageStart;
      const share = total > 0 ? ` ${Math.floor((done / total) * 100)} %` : '';
      const left =
        total > 0 && done > 0 && done < total && elapsedMs > estimateAfterMs
          ? `, ${milliseconds((elapsedMs / done) * (total - done))} left`
          : '';
      draw(`${current}${paint('dim', `${share}${left}${detail === '' ? '' : `, ${printable(detail)}`}`, stream)}`);
    },
    stage(next, counted = false) {
      if (printable(next) === current) return;
      current = printable(next);
      if (!counted) stageStart = performance.now();
      drawnAt = Number.NEGATIVE_INFINITY;
      announce();
      if (live) draw(current);
    },
    end() {
      if (live) stream.write('\r\u001b[K');
    },
  };
}
