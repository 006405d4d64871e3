/**
 * The road to the kernel: control messages out, live frames in.
 *
 * In:  kernels of open notebooks.
 * Out: frames for whoever listens to a run; the replies of control messages.
 * Start at `KernelLink`. Control messages travel on the control channel, which the kernel answers
 * while a cell runs; frames come over comms that the kernel opens.
 */

import { Kernel, KernelMessage } from '@jupyterlab/services';
import { ISignal, Signal } from '@lumino/signaling';
import { IFrame, LIVE_TARGET, parseFrame } from './messages';

export type Action = 'pause' | 'resume' | 'step' | 'stop' | 'lr' | 'attach';

const ENDED: ReadonlySet<string> = new Set(['restarting', 'autorestarting', 'terminating', 'dead']);

export class KernelLink {
  /** Frames of all runs of all kernels; listeners pick theirs by `frame.run`. */
  get frames(): ISignal<KernelLink, IFrame> {
    return this._frames;
  }

  /** Kernels that have come: a page that was loaded again gets to know its kernel after its outputs. */
  get found(): ISignal<KernelLink, Kernel.IKernelConnection> {
    return this._found;
  }

  /** Kernels that have died or were restarted: their runs are over. */
  get lost(): ISignal<KernelLink, Kernel.IKernelConnection> {
    return this._lost;
  }

  /** Listen to a kernel. Asking twice does no harm. */
  listen(kernel: Kernel.IKernelConnection): void {
    if (this._known.has(kernel)) {
      return;
    }
    this._known.add(kernel);
    kernel.statusChanged.connect((_, status) => {
      if (ENDED.has(status)) {
        this._lost.emit(kernel);
      }
    });
    kernel.registerCommTarget(LIVE_TARGET, comm => {
      comm.onMsg = message => {
        const frame = parseFrame(message.content.data, message.buffers ?? []);
        if (frame) {
          this._frames.emit(frame);
        }
      };
    });
    this._found.emit(kernel);
  }

  /** Ask something of a run; resolves when the kernel has taken the request. */
  async request(
    kernel: Kernel.IKernelConnection,
    run: string,
    action: Action,
    value: number | null = null
  ): Promise<void> {
    // JupyterLab's types list only the messages of the protocol; ours has the same frame.
    const message = KernelMessage.createMessage<KernelMessage.IDebugRequestMsg>({
      msgType: 'dpkernel_control_request' as 'debug_request',
      channel: 'control',
      username: kernel.username,
      session: kernel.clientId,
      content: { run, action, value } as never
    });
    await kernel.sendControlMessage(message, true, true).done;
  }

  private _known = new WeakSet<Kernel.IKernelConnection>();
  private _found = new Signal<KernelLink, Kernel.IKernelConnection>(this);
  private _lost = new Signal<KernelLink, Kernel.IKernelConnection>(this);
  private _frames = new Signal<KernelLink, IFrame>(this);
}
