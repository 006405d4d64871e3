/**
 * A run in the page: status, controls, curve, parameters.
 *
 * In:  a RunModel, and a function that sends an action to the kernel (null without a kernel).
 * Out: DOM below a node, drawn at most once an animation frame.
 * Start at `RunView._draw`.
 */

import uPlot from 'uplot';
import { element } from './dom';
import { duration, number, shape, tickLabels, WHOLE } from './format';
import type { Action } from './kernelLink';
import { IRun } from './messages';
import { RunModel } from './runModel';

export type Send = (action: Action, value?: number) => Promise<void>;

const HEIGHT = 220;
const OPEN = 8;

export class RunView {
  constructor(node: HTMLElement, model: RunModel, send: () => Send | null) {
    this._node = node;
    this._model = model;
    this._send = send;
    node.classList.add('dpk-run');
    this._build();
    model.changed.connect(this._schedule, this);
    this._resize = new ResizeObserver(() => this._schedule());
    this._resize.observe(node);
    this._themes = new MutationObserver(() => {
      this._removePlot();
      this._schedule();
    });
    this._themes.observe(document.body, { attributes: true, attributeFilter: ['data-jp-theme-light'] });
    this._schedule();
  }

  dispose(): void {
    this._stop.abort();
    this._resize.disconnect();
    this._themes.disconnect();
    this._model.changed.disconnect(this._schedule, this);
    cancelAnimationFrame(this._frame);
    this._removePlot();
  }

  /** The fixed parts; `_draw` fills them. */
  private _build(): void {
    const button = (action: Action, label: string) => {
      const b = element('button', { type: 'button', 'data-action': action, class: 'dpk-button' }, label);
      b.addEventListener('click', () => this._ask(action), { signal: this._stop.signal });
      return b;
    };
    this._pause = button('pause', 'Pause');
    const step = button('step', 'Step');
    const stop = button('stop', 'Stop');
    this._rate.addEventListener('keydown', event => this._rateKey(event), { signal: this._stop.signal });
    // JupyterLab's keyboard shortcuts stay out of the field
    this._rate.setAttribute('data-lm-suppress-shortcuts', 'true');
    const label = element('label', { class: 'dpk-rate' }, 'learning rate ', this._rate);
    this._controls.append(this._pause, step, stop, label);
    this._scale.addEventListener('click', () => this._toggleScale(), { signal: this._stop.signal });
    this._node.append(
      element('div', { class: 'dpk-head' }, this._title, this._badge, this._controls),
      this._status,
      this._figure,
      this._reason,
      this._parameters
    );
  }

  private _ask(action: Action): void {
    const paused = this._model.run.state === 'paused';
    this._tell(action === 'pause' && paused ? 'resume' : action);
  }

  private _tell(action: Action, value?: number): void {
    const send = this._send();
    if (send) {
      send(action, value).catch(problem => {
        this._reason.textContent = `The kernel did not answer: ${String(problem)}`;
      });
    }
  }

  private _rateKey(event: KeyboardEvent): void {
    event.stopPropagation();
    if (event.key === 'Escape') {
      this._rate.blur();
      this._schedule();
    }
    if (event.key !== 'Enter') {
      return;
    }
    event.preventDefault();
    const value = Number(this._rate.value);
    const good = this._rate.value.trim() !== '' && Number.isFinite(value) && value > 0;
    this._rate.setAttribute('aria-invalid', String(!good));
    if (good) {
      this._tell('lr', value);
      this._rate.blur();
    }
  }

  private _toggleScale(): void {
    this._logarithmic = !this._isLogarithmic(this._model.run);
    this._removePlot();
    this._schedule();
  }

  private _schedule(): void {
    cancelAnimationFrame(this._frame);
    this._frame = requestAnimationFrame(() => this._draw());
  }

  private _draw(): void {
    const run = this._model.run;
    this._node.dataset.state = this._model.state;
    this._node.dataset.step = String(run.step);
    this._title.replaceChildren(element('code', {}, run.loss), ' = ', element('strong', {}, number(run.value)));
    this._badge.textContent = this._model.state;
    this._badge.dataset.state = this._model.state;
    this._status.textContent = statusLine(run);
    this._reason.textContent = run.reason ?? '';
    this._drawControls(run);
    this._drawParameters(run);
    this._drawCurve(run);
  }

  private _drawControls(run: IRun): void {
    this._controls.hidden = !this._model.live;
    this._pause.textContent = run.state === 'paused' ? 'Resume' : 'Pause';
    this._rate.parentElement!.hidden = run.lr === null;
    if (document.activeElement !== this._rate && run.lr !== null) {
      this._rate.value = number(run.lr);
      this._rate.setAttribute('aria-invalid', 'false');
    }
  }

  private _drawParameters(run: IRun): void {
    const rows = run.parameters.slice(0, OPEN).map(p =>
      element(
        'tr',
        {},
        element('td', {}, element('code', { class: 'dpk-name', title: p.name }, p.name)),
        element('td', { class: 'dpk-quiet' }, shape(p.shape)),
        element('td', {}, element('code', {}, p.text)),
        element('td', { class: 'dpk-quiet' }, p.gradNorm === null ? '' : `‖gradient‖ ${number(p.gradNorm)}`)
      )
    );
    const more = run.parameters.length - rows.length;
    const caption = more > 0 ? [element('caption', {}, `and ${more} more`)] : [];
    this._parameters.replaceChildren(
      element('summary', {}, 'parameters'),
      element('div', { class: 'dpk-scroll' }, element('table', {}, ...caption, ...rows))
    );
  }

  private _isLogarithmic(run: IRun): boolean {
    const values = run.columns.loss.filter((y): y is number => y !== null);
    const low = values.reduce((a, b) => Math.min(a, b), Infinity);
    const high = values.reduce((a, b) => Math.max(a, b), -Infinity);
    return low > 0 && (this._logarithmic ?? high > 100 * low);
  }

  private _drawCurve(run: IRun): void {
    const width = Math.floor(this._figure.clientWidth);
    const n = run.columns.step.length;
    this._figure.hidden = n === 0;
    if (width < 40 || n === 0) {
      return;
    }
    const logarithmic = this._isLogarithmic(run);
    if (this._plot && this._plotLogarithmic !== logarithmic) {
      this._removePlot();
    }
    const data: uPlot.AlignedData = [run.columns.step.map(s => s ?? 0), run.columns.loss];
    if (this._plot) {
      if (this._plot.width !== width) {
        this._plot.setSize({ width, height: HEIGHT });
      }
      this._plot.setData(data);
    } else {
      this._plotLogarithmic = logarithmic;
      this._plot = new uPlot(plotOptions(run.loss, width, logarithmic, this._node), data, this._canvas);
    }
    this._scale.hidden = run.columns.loss.some(y => y !== null && y <= 0); // they have no logarithm
    this._scale.textContent = logarithmic ? 'linear scale' : 'log scale';
    this._canvas.setAttribute('aria-label', `${run.loss} against step: ${number(run.value)} at step ${run.step}`);
  }

  private _removePlot(): void {
    this._plot?.destroy();
    this._plot = null;
  }

  private _node: HTMLElement;
  private _model: RunModel;
  private _send: () => Send | null;
  private _stop = new AbortController();
  private _resize: ResizeObserver;
  private _themes: MutationObserver;
  private _frame = 0;
  private _plot: uPlot | null = null;
  private _plotLogarithmic = false;
  private _logarithmic: boolean | null = null;
  private _pause!: HTMLButtonElement;
  private _title = element('span', { class: 'dpk-loss' });
  private _badge = element('span', { class: 'dpk-badge', role: 'status' });
  private _controls = element('span', { class: 'dpk-controls', role: 'group', 'aria-label': 'control of the run' });
  private _rate = element('input', { type: 'text', inputmode: 'decimal', size: '7', 'aria-label': 'learning rate' });
  private _status = element('div', { class: 'dpk-quiet dpk-status' });
  private _canvas = element('div', { class: 'dpk-plot', role: 'img' });
  private _scale = element('button', { type: 'button', class: 'dpk-link', 'data-action': 'scale' });
  private _figure = element('div', { class: 'dpk-figure' }, this._canvas, this._scale);
  private _reason = element('div', { class: 'dpk-reason' });
  private _parameters = element('details', { class: 'dpk-parameters' });
}

function statusLine(run: IRun): string {
  const steps = run.steps === null ? `step ${run.step}` : `step ${run.step} of ${run.steps}`;
  const parts = [run.method, steps];
  if (run.evaluations > run.step + 1) {
    parts.push(`${run.evaluations} evaluations`);
  }
  parts.push(duration(run.seconds));
  if (run.lr !== null) {
    parts.push(`rate ${number(run.lr)}`);
  }
  return parts.join(' · ');
}

/** Colours come from the theme, read when the plot is made; a change of theme makes it anew. */
function plotOptions(name: string, width: number, logarithmic: boolean, node: HTMLElement): uPlot.Options {
  const style = getComputedStyle(node);
  const colour = (variable: string, otherwise: string) => style.getPropertyValue(variable).trim() || otherwise;
  const axis = {
    stroke: colour('--jp-ui-font-color2', '#666'),
    grid: { stroke: colour('--jp-border-color3', '#ddd'), width: 1 },
    ticks: { stroke: colour('--jp-border-color2', '#ccc'), width: 1 },
    font: '11px sans-serif'
  };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { drag: { x: true, y: false } },
    scales: { x: { time: false }, y: logarithmic ? { distr: 3 } : {} },
    axes: [
      { ...axis, incrs: WHOLE, size: 34, label: 'step', labelSize: 16, labelFont: '11px sans-serif' },
      { ...axis, size: 76, values: (_plot, ticks) => tickLabels(ticks) }
    ],
    series: [{}, { label: name, stroke: colour('--jp-brand-color1', '#1976d2'), width: 1.6, points: { show: false } }]
  };
}
