/**
 * The data of one run as the page knows it.
 *
 * In:  the stored run of an output, live frames.
 * Out: the present state; `changed` when it is another one.
 * Start at `RunModel`.
 */

import { ISignal, Signal } from '@lumino/signaling';
import { Columns, IFrame, IRun, RunState } from './messages';

/** Points kept in the page; beyond it every bucket keeps its smallest and largest loss. */
export const MOST_POINTS = 20000;

export class RunModel {
  constructor(run: IRun) {
    this._run = run;
  }

  get run(): IRun {
    return this._run;
  }

  get changed(): ISignal<RunModel, void> {
    return this._changed;
  }

  /**
   * True if the kernel has told of this run since the page was loaded and has not died: it can be steered.
   * (The page's own idea of a busy kernel does not serve: a control message's answer ends in "idle".)
   */
  get live(): boolean {
    return this._live && this._run.state !== 'finished';
  }

  /** What a reader should believe: a run that nobody tells of is not running. */
  get state(): RunState | 'saved' {
    return this.live || this._run.state === 'finished' ? this._run.state : 'saved';
  }

  /** The kernel is gone. */
  lose(): void {
    this._live = false;
    this._changed.emit();
  }

  /** The output was updated: it is the truth, unless the page already knows more. */
  store(run: IRun): void {
    const older = run.run === this._run.run && run.state !== 'finished' && run.step < this._run.step;
    if (!older) {
      this._run = run;
      this._changed.emit();
    }
  }

  /** A live frame; frames of other runs, and late ones, change nothing. */
  receive(frame: IFrame): void {
    if (frame.run !== this._run.run || this._run.state === 'finished') {
      return;
    }
    this._live = true;
    const columns = frame.reset ? frame.columns : joined(this._run.columns, frame.columns);
    const events = frame.reset ? frame.events : [...this._run.events, ...frame.events];
    const parameters = frame.parameters.length ? frame.parameters : this._run.parameters;
    this._run = { ...this._run, ...frame, columns: thinned(columns, MOST_POINTS), events, parameters };
    this._changed.emit();
  }

  private _run: IRun;
  private _live = false;
  private _changed = new Signal<RunModel, void>(this);
}

function joined(a: Columns, b: Columns): Columns {
  return {
    step: a.step.concat(b.step),
    loss: a.loss.concat(b.loss),
    grad_norm: a.grad_norm.concat(b.grad_norm),
    lr: a.lr.concat(b.lr)
  };
}

/** At most `most` points: of each bucket those with the smallest and the largest loss. */
export function thinned(columns: Columns, most: number): Columns {
  const n = columns.step.length;
  if (n <= most) {
    return columns;
  }
  const buckets = Math.floor(most / 4);
  const chosen = new Set<number>([0, n - 1]);
  for (let b = 0; b < buckets; b++) {
    let low = -1;
    let high = -1;
    for (let k = Math.floor((b * n) / buckets); k < Math.floor(((b + 1) * n) / buckets); k++) {
      const y = columns.loss[k] ?? Infinity;
      low = low < 0 || y < (columns.loss[low] ?? Infinity) ? k : low;
      high = high < 0 || y > (columns.loss[high] ?? Infinity) ? k : high;
    }
    chosen.add(low).add(high);
  }
  const kept = [...chosen].sort((a, b) => a - b);
  const pick = (column: (number | null)[]) => kept.map(k => column[k]);
  return {
    step: pick(columns.step),
    loss: pick(columns.loss),
    grad_norm: pick(columns.grad_norm),
    lr: pick(columns.lr)
  };
}

