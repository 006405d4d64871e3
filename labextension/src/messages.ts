/**
 * What the kernel sends, checked.
 *
 * In:  unknown JSON (from an output, or from a comm).
 * Out: typed data, or null if it is not what it says it is.
 * Start at `parseRun`, `parseFrame`, `parseReport`. Nothing is cast: a field that is missing or of
 * another type gets a harmless value, and a message without its essentials is refused.
 */

export const REPORT_MIME = 'application/vnd.dpkernel.report.v1+json';
export const RUN_MIME = 'application/vnd.dpkernel.run.v1+json';
export const LIVE_TARGET = 'dpkernel.live';
export const COLUMNS = ['step', 'loss', 'grad_norm', 'lr'] as const;

export type RunState = 'running' | 'paused' | 'finished';
export type Columns = Record<(typeof COLUMNS)[number], (number | null)[]>;

export interface IRunEvent {
  step: number;
  action: string;
  value: number | null;
}

export interface IRunParameter {
  name: string;
  shape: number[] | null;
  text: string;
  gradNorm: number | null;
}

export interface IRunStatus {
  run: string;
  state: RunState;
  step: number;
  steps: number | null;
  evaluations: number;
  seconds: number;
  value: number | null;
  lr: number | null;
  reason: string | null;
  parameters: IRunParameter[];
}

export interface IRun extends IRunStatus {
  loss: string;
  method: string;
  columns: Columns;
  events: IRunEvent[];
  actions: string[];
  prints: number;
}

export interface IFrame extends IRunStatus {
  reset: boolean;
  columns: Columns;
  events: IRunEvent[];
}

export interface IHistogram {
  counts: number[];
  low: number;
  high: number;
}

export interface IReportParameter {
  name: string;
  shape: number[] | null;
  dtype: string;
  value: string;
  gradient: {
    text: string;
    zeros: number;
    nonfinite: number;
    size: number;
    histogram: IHistogram | null;
  };
}

export interface IReport {
  derivative: string;
  loss: { name: string; text: string };
  parameters: IReportParameter[];
  receipt: string | null;
  warnings: string[];
  details: {
    secondsCell: number;
    secondsGradient: number;
    ratio: number | null;
    savedBytes: number;
    instructions: number;
    unrolled: string[];
    code: string | null;
  };
}

type Fields = { [name: string]: unknown };

function fields(x: unknown): Fields | null {
  return typeof x === 'object' && x !== null && !Array.isArray(x) ? { ...x } : null;
}

function text(x: unknown, otherwise = ''): string {
  return typeof x === 'string' ? x : otherwise;
}

function textOrNull(x: unknown): string | null {
  return typeof x === 'string' ? x : null;
}

function finite(x: unknown): number | null {
  return typeof x === 'number' && Number.isFinite(x) ? x : null;
}

function list(x: unknown): unknown[] {
  return Array.isArray(x) ? x : [];
}

function texts(x: unknown): string[] {
  return list(x).filter((t): t is string => typeof t === 'string');
}

function numbers(x: unknown): (number | null)[] {
  return list(x).map(finite);
}

function shape(x: unknown): number[] | null {
  return Array.isArray(x) ? x.filter((n): n is number => typeof n === 'number') : null;
}

function parseState(x: unknown): RunState | null {
  return x === 'running' || x === 'paused' || x === 'finished' ? x : null;
}

function parseEvents(x: unknown): IRunEvent[] {
  return list(x).flatMap(item => {
    const event = fields(item);
    const action = event && textOrNull(event.action);
    return event && action !== null
      ? [{ step: finite(event.step) ?? 0, action, value: finite(event.value) }]
      : [];
  });
}

function parseRunParameters(x: unknown): IRunParameter[] {
  return list(x).flatMap(item => {
    const p = fields(item);
    return p
      ? [{ name: text(p.name), shape: shape(p.shape), text: text(p.text), gradNorm: finite(p.grad_norm) }]
      : [];
  });
}

function parseStatus(data: Fields): IRunStatus | null {
  const run = textOrNull(data.run);
  const state = parseState(data.state);
  if (run === null || state === null) {
    return null;
  }
  return {
    run,
    state,
    step: finite(data.step) ?? 0,
    steps: finite(data.steps),
    evaluations: finite(data.evaluations) ?? 0,
    seconds: finite(data.seconds) ?? 0,
    value: finite(data.value),
    lr: finite(data.lr),
    reason: textOrNull(data.reason),
    parameters: parseRunParameters(data.parameters)
  };
}

/** The stored state of a run, from an output. */
export function parseRun(x: unknown): IRun | null {
  const data = fields(x);
  const status = data && data.version === 1 ? parseStatus(data) : null;
  if (!data || !status) {
    return null;
  }
  const columns = fields(data.columns) ?? {};
  return {
    ...status,
    loss: text(data.loss, 'loss'),
    method: text(data.method),
    columns: sameLength({
      step: numbers(columns.step),
      loss: numbers(columns.loss),
      grad_norm: numbers(columns.grad_norm),
      lr: numbers(columns.lr)
    }),
    events: parseEvents(data.events),
    actions: list(data.actions).filter((a): a is string => typeof a === 'string'),
    prints: finite(data.prints) ?? 0
  };
}

/** A live frame: data and one buffer of little-endian float32 a column. */
export function parseFrame(x: unknown, buffers: readonly (ArrayBuffer | ArrayBufferView)[]): IFrame | null {
  const message = fields(x);
  const data = message && message.version === 1 ? fields(message.frame) : null;
  const status = data && parseStatus(data);
  if (!data || !status) {
    return null;
  }
  const names = list(data.columns);
  const column = (name: string): (number | null)[] => {
    const buffer = buffers[names.indexOf(name)];
    return buffer === undefined ? [] : float32(buffer);
  };
  return {
    ...status,
    reset: data.reset === true,
    columns: sameLength({
      step: column('step'),
      loss: column('loss'),
      grad_norm: column('grad_norm'),
      lr: column('lr')
    }),
    events: parseEvents(data.events)
  };
}

/** Numbers of a buffer, whatever its alignment; what is not finite is null. */
export function float32(buffer: ArrayBuffer | ArrayBufferView): (number | null)[] {
  const view = ArrayBuffer.isView(buffer)
    ? new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength)
    : new DataView(buffer);
  const found: (number | null)[] = [];
  for (let at = 0; at + 4 <= view.byteLength; at += 4) {
    found.push(finite(view.getFloat32(at, true)));
  }
  return found;
}

/** Columns cut to the shortest; the columns that are empty are filled with null. */
function sameLength(columns: Columns): Columns {
  const n = Math.min(columns.step.length, columns.loss.length);
  const fit = (column: (number | null)[]) => Array.from({ length: n }, (_, k) => column[k] ?? null);
  return {
    step: fit(columns.step),
    loss: fit(columns.loss),
    grad_norm: fit(columns.grad_norm),
    lr: fit(columns.lr)
  };
}

function parseHistogram(x: unknown): IHistogram | null {
  const data = fields(x);
  const low = data && finite(data.low);
  const high = data && finite(data.high);
  if (!data || low === null || high === null) {
    return null;
  }
  return { counts: numbers(data.counts).map(n => n ?? 0), low, high };
}

function parseReportParameter(x: unknown): IReportParameter[] {
  const p = fields(x);
  if (!p) {
    return [];
  }
  const gradient = fields(p.gradient) ?? {};
  return [
    {
      name: text(p.name),
      shape: shape(p.shape),
      dtype: text(p.dtype),
      value: text(fields(p.value)?.text),
      gradient: {
        text: text(gradient.text),
        zeros: finite(gradient.zeros) ?? 0,
        nonfinite: finite(gradient.nonfinite) ?? 0,
        size: finite(gradient.size) ?? 0,
        histogram: parseHistogram(gradient.histogram)
      }
    }
  ];
}

/** The report of a gradient, from an output. */
export function parseReport(x: unknown): IReport | null {
  const data = fields(x);
  const loss = data && data.version === 1 ? fields(data.loss) : null;
  if (!data || !loss) {
    return null;
  }
  const details = fields(data.details) ?? {};
  return {
    derivative: text(data.derivative, 'gradient'),
    loss: { name: text(loss.name, 'loss'), text: text(loss.text) },
    parameters: list(data.parameters).flatMap(parseReportParameter),
    receipt: textOrNull(fields(data.receipt)?.text),
    warnings: texts(data.warnings),
    details: {
      secondsCell: finite(details.seconds_cell) ?? 0,
      secondsGradient: finite(details.seconds_gradient) ?? 0,
      ratio: finite(details.ratio),
      savedBytes: finite(details.saved_bytes) ?? 0,
      instructions: finite(details.instructions) ?? 0,
      unrolled: texts(details.unrolled),
      code: textOrNull(details.code)
    }
  };
}
