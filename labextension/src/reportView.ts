/**
 * The report of a gradient in the page.
 *
 * In:  an IReport.
 * Out: DOM below a node: the loss, a table of parameters, the receipt; costs and code are folded.
 * Start at `ReportView.show`.
 */

import { element, svg } from './dom';
import { bytes, duration, shape } from './format';
import { IHistogram, IReport, IReportParameter } from './messages';

const OPEN = 6;

export class ReportView {
  constructor(node: HTMLElement) {
    this._node = node;
    node.classList.add('dpk-report');
  }

  show(report: IReport): void {
    const { derivative, loss, parameters, receipt, warnings } = report;
    this._node.replaceChildren(
      element('div', { class: 'dpk-loss' }, element('code', {}, loss.name), ' = ', element('strong', {}, loss.text)),
      table(parameters.slice(0, OPEN), derivative)
    );
    if (parameters.length > OPEN) {
      this._node.append(this._rest(parameters.slice(OPEN), derivative));
    }
    if (receipt !== null) {
      const doubtful = receipt.startsWith('does not');
      this._node.append(element('div', { class: doubtful ? 'dpk-receipt dpk-warning' : 'dpk-receipt' }, receipt));
    }
    for (const warning of warnings.slice(0, 5)) {
      this._node.append(element('div', { class: 'dpk-warning' }, warning));
    }
    this._node.append(details(report));
  }

  /** Parameters beyond the first few are drawn when somebody unfolds them. */
  private _rest(parameters: IReportParameter[], derivative: string): HTMLElement {
    const rest = element('details', {}, element('summary', {}, `${parameters.length} more parameters`));
    rest.addEventListener('toggle', () => rest.append(table(parameters, derivative)), { once: true });
    return rest;
  }

  private _node: HTMLElement;
}

function table(parameters: IReportParameter[], derivative: string): HTMLElement {
  const head = ['parameter', derivative].map(name => element('th', { scope: 'col' }, name));
  const wide = ['shape', 'value'].map(name => element('th', { scope: 'col', class: 'dpk-wide' }, name));
  return element(
    'div',
    { class: 'dpk-scroll' },
    element(
      'table',
      {},
      element('thead', {}, element('tr', {}, head[0], ...wide, head[1], element('th', { class: 'dpk-wide' }))),
      element('tbody', {}, ...parameters.map(row))
    )
  );
}

function row(p: IReportParameter): HTMLElement {
  const { gradient } = p;
  const remarks: string[] = [];
  if (gradient.nonfinite > 0) {
    remarks.push(`${gradient.nonfinite} not finite`);
  }
  if (gradient.zeros > 0 && gradient.size > 1) {
    remarks.push(`${gradient.zeros} of ${gradient.size} zero`);
  }
  const found = element('td', {}, element('code', { class: 'dpk-gradient', title: gradient.text }, gradient.text));
  if (remarks.length > 0) {
    found.append(element('div', { class: 'dpk-warning' }, remarks.join(', ')));
  }
  const picture = element('td', { class: 'dpk-wide' });
  if (gradient.histogram) {
    picture.append(histogram(gradient.histogram));
  }
  return element(
    'tr',
    { 'data-parameter': p.name },
    element('td', {}, element('code', { class: 'dpk-name', title: p.name }, p.name)),
    element('td', { class: 'dpk-quiet dpk-wide', title: p.dtype }, shape(p.shape)),
    element('td', { class: 'dpk-wide' }, element('code', { class: 'dpk-value', title: p.value }, p.value)),
    found,
    picture
  );
}

function histogram(data: IHistogram): SVGElement {
  const width = 96;
  const high = 18;
  const most = Math.max(...data.counts, 1);
  const step = width / Math.max(data.counts.length, 1);
  const words = `from ${data.low.toPrecision(3)} to ${data.high.toPrecision(3)}`;
  const title = svg('title', {});
  title.textContent = words;
  const bars = data.counts.map((n, k) =>
    svg('rect', { x: k * step, y: high - (n / most) * high, width: step - 1, height: (n / most) * high })
  );
  return svg('svg', { width, height: high, role: 'img', 'aria-label': words, class: 'dpk-histogram' }, title, ...bars);
}

function details(report: IReport): HTMLElement {
  const d = report.details;
  const ratio = d.ratio === null ? '' : ` (${Number(d.ratio.toPrecision(2))} times the cell)`;
  const rows: [string, string][] = [
    ['cell', duration(d.secondsCell)],
    ['derivative', duration(d.secondsGradient) + ratio],
    ['held for the backward sweep', bytes(d.savedBytes)],
    ['instructions recorded', String(d.instructions)],
    ...d.unrolled.map((text): [string, string] => ['stays unrolled', text])
  ];
  const body = element(
    'table',
    {},
    ...rows.map(([name, value]) =>
      element('tr', {}, element('th', { scope: 'row' }, name), element('td', {}, value))
    )
  );
  const folded = element('details', {}, element('summary', {}, 'details'), body);
  if (d.code !== null) {
    folded.setAttribute('open', '');
    folded.append(element('pre', {}, d.code));
  }
  return folded;
}
