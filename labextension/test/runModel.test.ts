import { describe, expect, it } from 'vitest';
import { IFrame, IRun } from '../src/messages';
import { RunModel, thinned } from '../src/runModel';

function columns(from: number, to: number) {
  const step = Array.from({ length: to - from }, (_, k) => from + k);
  return { step, loss: step.map(s => 1 / (s + 1)), grad_norm: step.map(() => 1), lr: step.map(() => 0.1) };
}

const RUN: IRun = {
  run: 'a', state: 'running', step: 0, steps: 10, evaluations: 1, seconds: 0, value: 1, lr: 0.1, reason: null,
  parameters: [], loss: 'loss', method: 'adam', columns: columns(0, 1), events: [], actions: [], prints: 0
};

function frame(from: number, to: number, more: Partial<IFrame> = {}): IFrame {
  return { ...RUN, step: to - 1, reset: false, columns: columns(from, to), events: [], ...more };
}

describe('RunModel', () => {
  it('joins frames, and starts anew at a reset', () => {
    const model = new RunModel(RUN);
    model.receive(frame(1, 5));
    expect(model.run.columns.step).toEqual([0, 1, 2, 3, 4]);
    model.receive(frame(0, 3, { reset: true }));
    expect(model.run.columns.step).toEqual([0, 1, 2]);
  });

  it('is live while a kernel tells of it', () => {
    const model = new RunModel(RUN);
    expect([model.live, model.state]).toEqual([false, 'saved']);
    model.receive(frame(1, 2));
    expect([model.live, model.state]).toEqual([true, 'running']);
    model.lose();
    expect(model.state).toBe('saved');
  });

  it('takes no notice of other runs, nor of frames after the end', () => {
    const model = new RunModel(RUN);
    model.receive(frame(1, 9, { run: 'b' }));
    model.store({ ...RUN, state: 'finished', step: 4 });
    model.receive(frame(1, 9));
    expect(model.run.step).toBe(4);
  });

  it('does not go back to an older stored state', () => {
    const model = new RunModel(RUN);
    model.receive(frame(1, 8));
    model.store({ ...RUN, step: 2 });
    expect(model.run.step).toBe(7);
  });
});

describe('thinned', () => {
  it('keeps first, last, and spikes', () => {
    const all = columns(0, 50000);
    all.loss[31234] = 99;
    const few = thinned(all, 1000);
    expect(few.step.length).toBeLessThanOrEqual(1000);
    expect([few.step[0], few.step[few.step.length - 1], few.step.includes(31234)]).toEqual([0, 49999, true]);
  });
});
