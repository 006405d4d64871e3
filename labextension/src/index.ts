/** The extension: joins renderers, kernels and notebooks. Start at `plugin`. */

import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { KernelLink } from './kernelLink';
import { REPORT_MIME, RUN_MIME } from './messages';
import { ReportRenderer, RunRenderer } from './renderers';

const RANK = -10;

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'dpkernel-labextension:plugin',
  description: 'Reports of gradients and live runs.',
  autoStart: true,
  requires: [IRenderMimeRegistry, INotebookTracker],
  activate: (_app: JupyterFrontEnd, rendermime: IRenderMimeRegistry, notebooks: INotebookTracker) => {
    const link = new KernelLink();
    const watch = (panel: NotebookPanel) => {
      const listen = () => {
        const kernel = panel.sessionContext.session?.kernel;
        if (kernel) {
          link.listen(kernel);
        }
      };
      listen();
      panel.sessionContext.kernelChanged.connect(listen);
    };
    notebooks.forEach(watch);
    notebooks.widgetAdded.connect((_, panel) => watch(panel));

    const findKernel = (node: HTMLElement) => {
      const panel = notebooks.find(p => p.node.contains(node));
      return panel?.sessionContext.session?.kernel ?? null;
    };
    rendermime.addFactory(
      { safe: true, mimeTypes: [REPORT_MIME], createRenderer: options => new ReportRenderer(options.mimeType) },
      RANK
    );
    rendermime.addFactory(
      {
        safe: true,
        mimeTypes: [RUN_MIME],
        createRenderer: options => new RunRenderer(options.mimeType, link, findKernel)
      },
      RANK
    );
  }
};

export default plugin;
