import { contactUri } from '../../sip/dialog/dialog.ts';
import { Field } from '../../sip/message/fields.ts';
import type { Response } from '../../sip/message/message.ts';
import { line } from '../../sip/message/print.ts';
import { hostPort } from '../../sip/message/uri.ts';
import type { Flow } from '../../sip/transport/flow.ts';
import type { Call, Dialog } from './call.ts';

/** Why a BYE or CANCEL of ours was sent (RFC 3326). */
export const ENDED_BY_US = 'Q.850;cause=16;text="Ended by the operator"';

/** What a request of ours within an observed dialog says: as if the other side had sent it (RFC 3261 §12.2.1.1). */
export interface DialogRequest {
  readonly uri: string;
  /** Values of the Route header, the next hop first. */
  readonly routes: readonly string[];
  readonly from: string;
  readonly to: string;
  readonly callId: string;
  readonly cseq: number;
}

/** The next request to the callee, in the caller's name. */
export function towardsCallee(call: Call, dialog: Dialog, callee: Flow): DialogRequest {
  const { request } = call.parts;
  const { answer } = dialog;
  return {
    uri: dialog.target ?? contactUri(answer) ?? flowUri(callee),
    routes: beyondUs(call, answer, callee),
    from: request.get(Field.from) ?? '',
    to: answer.get(Field.to) ?? '',
    callId: request.callId,
    cseq: call.callerCseq + 1,
  };
}

/** The next request to the caller, in the callee's name. */
export function towardsCaller(call: Call, dialog: Dialog): DialogRequest {
  const { request } = call.parts;
  return {
    uri: call.callerTarget ?? contactUri(request) ?? flowUri(call.caller),
    routes: request.list(Field.recordRoute),
    from: dialog.answer.get(Field.to) ?? '',
    to: request.get(Field.from) ?? '',
    callId: request.callId,
    cseq: call.calleeCseq + 1,
  };
}

/**
 * The proxies between us and the callee, ours first. The 2xx holds them on top, then our own one or two values, then those that were in the
 * INVITE when it came to us (RFC 3261 §16.6 step 4, RFC 5658 §5).
 */
function beyondUs(call: Call, answer: Response, callee: Flow): readonly string[] {
  const recorded = answer.list(Field.recordRoute);
  const before = call.parts.request.list(Field.recordRoute).length;
  const ours = call.point === callee.point ? 1 : 2;
  return recorded.slice(0, Math.max(0, recorded.length - before - ours)).reverse();
}

/** Where a side that gave no usable Contact is: at the address that its messages come from. */
function flowUri(flow: Flow): string {
  return `sip:${hostPort(flow.remote.host, flow.remote.port)}`;
}

/** Prints a BYE. `via`: our Via line with its CRLF. */
export function printBye(via: string, what: DialogRequest): string {
  let out = `BYE ${what.uri} SIP/2.0\r\n${via}Max-Forwards: 70\r\n`;
  for (const route of what.routes) out += line('Route', route);
  out += line('From', what.from) + line('To', what.to) + line('Call-ID', what.callId) + line('CSeq', `${what.cseq} BYE`);
  return `${out}${line('Reason', ENDED_BY_US)}Content-Length: 0\r\n\r\n`;
}
