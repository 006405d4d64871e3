import { describe, expect, it } from 'vitest';
import { float32, parseFrame, parseReport, parseRun } from '../src/messages';

const RUN = {
  version: 1,
  run: 'a',
  state: 'running',
  step: 3,
  loss: 'loss',
  method: 'adam',
  columns: { step: [0, 1, 2], loss: [3, null, 1], grad_norm: [1, 1], lr: [] },
  events: [{ step: 1, action: 'pause', value: null }, { nothing: 1 }, 7]
};

function buffer(...numbers: number[]): DataView {
  // one byte off any alignment, as buffers of a comm may be
  const bytes = new Uint8Array(1 + 4 * numbers.length);
  const view = new DataView(bytes.buffer, 1);
  numbers.forEach((x, k) => view.setFloat32(4 * k, x, true));
  return view;
}

describe('parseRun', () => {
  it('reads a run, cuts columns to one length and drops what is no event', () => {
    const run = parseRun(RUN);
    expect(run?.columns).toEqual({ step: [0, 1, 2], loss: [3, null, 1], grad_norm: [1, 1, null], lr: [null, null, null] });
    expect(run?.events).toEqual([{ step: 1, action: 'pause', value: null }]);
  });

  it.each([null, [], 'text', {}, { ...RUN, version: 2 }, { ...RUN, run: 3 }, { ...RUN, state: 'broken' }])('refuses %j', x => {
    expect(parseRun(x)).toBeNull();
  });

  it('survives fields of the wrong type', () => {
    expect(parseRun({ ...RUN, step: 'x', columns: 3, parameters: [null, 4], lr: NaN, actions: {} })).toMatchObject({
      step: 0,
      parameters: [],
      lr: null,
      actions: []
    });
  });
});

describe('frames', () => {
  it('reads floats whatever their alignment; what is not finite is null', () => {
    expect(float32(buffer(1, NaN, -2.5))).toEqual([1, null, -2.5]);
  });

  it('pairs buffers with columns by name', () => {
    const data = { version: 1, frame: { ...RUN, reset: true, columns: ['loss', 'step'] } };
    expect(parseFrame(data, [buffer(5, 6), buffer(1, 2)])?.columns).toMatchObject({ step: [1, 2], loss: [5, 6] });
    expect(parseFrame({ version: 2, frame: {} }, [])).toBeNull();
  });
});

describe('parseReport', () => {
  it('needs a loss and forgives the rest', () => {
    expect(parseReport({ version: 1 })).toBeNull();
    expect(parseReport({ version: 1, loss: { name: 'f' }, parameters: [{ name: 'w', gradient: { histogram: { low: 0 } } }] })).toMatchObject({
      loss: { name: 'f', text: '' },
      parameters: [{ name: 'w', gradient: { histogram: null } }]
    });
  });
});
