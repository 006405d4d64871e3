/** Numbers in short, as people read them. */

/** Six significant digits. */
export function number(x: number | null): string {
  if (x === null) {
    return '–';
  }
  const size = Math.abs(x);
  if (x !== 0 && (size < 1e-4 || size >= 1e6)) {
    return x.toExponential(3).replace('e+', 'e');
  }
  return String(Number(x.toPrecision(6)));
}

/** Distances between the ticks of an axis that counts: there is no step 0.2. */
export const WHOLE = Array.from({ length: 13 }, (_, k) => [1, 2, 5].map(n => n * 10 ** k)).flat();

/** Labels of an axis: as many digits as tell neighbours apart; a tick that is null has none. */
export function tickLabels(ticks: (number | null)[]): string[] {
  const shown = ticks.filter((t): t is number => t !== null);
  for (let digits = 3; digits < 12; digits++) {
    const labels = shown.map(t => Number(t.toPrecision(digits)));
    if (new Set(labels).size === new Set(shown).size) {
      return ticks.map(t => (t === null ? '' : plain(Number(t.toPrecision(digits)))));
    }
  }
  return ticks.map(t => (t === null ? '' : plain(t)));
}

function plain(x: number): string {
  const size = Math.abs(x);
  return x !== 0 && (size < 1e-4 || size >= 1e6) ? x.toExponential().replace('e+', 'e') : String(x);
}

/** Seconds with a unit that suits them. */
export function duration(seconds: number): string {
  if (seconds < 1e-3) {
    return `${Math.round(seconds * 1e6)} µs`;
  }
  if (seconds < 1) {
    return `${Number((seconds * 1e3).toPrecision(3))} ms`;
  }
  if (seconds < 120) {
    return `${seconds.toFixed(1)} s`;
  }
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

/** Bytes with a unit that suits them. */
export function bytes(n: number): string {
  const units: [string, number][] = [
    ['GB', 1e9],
    ['MB', 1e6],
    ['kB', 1e3]
  ];
  for (const [unit, size] of units) {
    if (n >= size) {
      return `${Number((n / size).toPrecision(3))} ${unit}`;
    }
  }
  return `${n} bytes`;
}

/** `[64, 10]` as "64 × 10". */
export function shape(extents: number[] | null): string {
  return extents === null ? '' : extents.join(' × ');
}
