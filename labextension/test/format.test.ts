import { expect, it } from 'vitest';
import { bytes, duration, number, shape, tickLabels, WHOLE } from '../src/format';

it('writes numbers as people read them', () => {
  expect([number(0.1), number(1234567), number(1e-7), number(null), number(0)]).toEqual(['0.1', '1.235e6', '1.000e-7', '–', '0']);
  expect([duration(4e-5), duration(0.25), duration(75), duration(150)]).toEqual(['40 µs', '250 ms', '75.0 s', '2 min 30 s']);
  expect([bytes(800), bytes(3.1e9), shape([64, 10]), shape(null)]).toEqual(['800 bytes', '3.1 GB', '64 × 10', '']);
});

it('gives neighbouring ticks different labels', () => {
  expect(tickLabels([0.45841, 0.45842, null])).toEqual(['0.45841', '0.45842', '']);
  expect(tickLabels([100, 200])).toEqual(['100', '200']);
});

it('counts steps in whole numbers', () => {
  expect(WHOLE.slice(0, 7)).toEqual([1, 2, 5, 10, 20, 50, 100]);
});
