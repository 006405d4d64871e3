/**
 * Renderers of our two MIME types.
 *
 * In:  models of outputs.
 * Out: widgets that JupyterLab puts below the cell. `renderModel` is called again when an output is
 *      updated: the view stays and gets the new data.
 * Start at `RunRenderer`.
 */

import { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { Kernel } from '@jupyterlab/services';
import { Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import { Action, KernelLink } from './kernelLink';
import { IFrame, parseReport, parseRun } from './messages';
import { ReportView } from './reportView';
import { RunModel } from './runModel';
import { RunView, Send } from './runView';

/** The kernel of the notebook in which a node stands, or null. */
export type FindKernel = (node: HTMLElement) => Kernel.IKernelConnection | null;

export class ReportRenderer extends Widget implements IRenderMime.IRenderer {
  constructor(mimeType: string) {
    super();
    this._mimeType = mimeType;
    this._view = new ReportView(this.node);
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const report = parseReport(model.data[this._mimeType]);
    if (report) {
      this._view.show(report);
    } else {
      this.node.textContent = 'This report was written by another version of dpkernel.';
    }
  }

  private _mimeType: string;
  private _view: ReportView;
}

export class RunRenderer extends Widget implements IRenderMime.IRenderer {
  constructor(mimeType: string, link: KernelLink, findKernel: FindKernel) {
    super();
    this._mimeType = mimeType;
    this._link = link;
    this._findKernel = findKernel;
    link.frames.connect(this._onFrame, this);
    link.lost.connect(this._onLost, this);
    link.found.connect(this._attach, this);
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const run = parseRun(model.data[this._mimeType]);
    if (!run) {
      this.node.textContent = 'This run was recorded by another version of dpkernel.';
      return;
    }
    if (this._model) {
      this._model.store(run);
    } else {
      this._model = new RunModel(run);
      this._view = new RunView(this.node, this._model, () => this._sender());
      this._attach();
    }
  }

  dispose(): void {
    if (!this.isDisposed) {
      this._link.frames.disconnect(this._onFrame, this);
      this._link.lost.disconnect(this._onLost, this);
      this._link.found.disconnect(this._attach, this);
      this._view?.dispose();
    }
    super.dispose();
  }

  protected onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this._attach();
  }

  /** A page that was loaded again asks for the history of a run that still goes on. */
  private _attach(): void {
    if (this._attached || !this.isAttached || !this._model || this._model.run.state === 'finished') {
      return;
    }
    const send = this._sender();
    if (send) {
      this._attached = true;
      send('attach').catch(() => undefined);
    }
  }

  private _sender(): Send | null {
    const kernel = this._findKernel(this.node);
    const run = this._model?.run.run;
    if (!kernel || run === undefined) {
      return null;
    }
    return (action: Action, value?: number) => this._link.request(kernel, run, action, value ?? null);
  }

  private _onFrame(_: KernelLink, frame: IFrame): void {
    this._model?.receive(frame);
  }

  private _onLost(_: KernelLink, kernel: Kernel.IKernelConnection): void {
    if (kernel === this._findKernel(this.node)) {
      this._model?.lose();
    }
  }

  private _mimeType: string;
  private _link: KernelLink;
  private _findKernel: FindKernel;
  private _model: RunModel | null = null;
  private _view: RunView | null = null;
  private _attached = false;
}
