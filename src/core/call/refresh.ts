import { contactUri } from '../../sip/dialog/dialog.ts';
import type { Request, Response } from '../../sip/message/message.ts';
import type { Call, Dialog } from './call.ts';
import type { Side } from './end.ts';

/** A request that both sides may change their Contact with, and the session timer (RFC 3261 §12.2, RFC 4028 §7.4), waits for its 2xx. */
export class Refresh {
  private readonly call: Call;
  private readonly dialog: Dialog | undefined;
  private readonly towards: Side;
  private readonly request: Request;

  constructor(call: Call, dialog: Dialog | undefined, towards: Side, request: Request) {
    this.call = call;
    this.dialog = dialog;
    this.towards = towards;
    this.request = request;
  }

  ringing(): void {}

  answered(response: Response): void {
    const { call, dialog } = this;
    const [caller, callee] = this.towards === 'callee' ? [this.request, response] : [response, this.request];
    call.callerTarget = contactUri(caller) ?? call.callerTarget;
    if (dialog === undefined) return; // an early one: the 2xx to the INVITE will say the rest
    dialog.target = contactUri(callee) ?? dialog.target;
    call.refreshed(response);
  }

  cancelled(): void {}

  failed(): void {}

  over(): void {}
}
