import type { Request, Response } from '../../src/sip/message/message.ts';
import { read } from '../../src/sip/message/read.ts';

/** What a message says; without more, alice calls bob. */
export interface Parts {
  readonly via?: string;
  readonly from?: string;
  readonly to?: string;
  readonly callId?: string;
  readonly cseq?: string;
  readonly method?: string;
  /** Further lines. */
  readonly extra?: readonly string[];
}

export function message(start: string, parts: Parts = {}): string {
  const { method = 'INVITE' } = parts;
  return [
    start,
    `Via: ${parts.via ?? 'SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bKa'}`,
    `From: ${parts.from ?? '<sip:alice@home.example>;tag=a'}`,
    `To: ${parts.to ?? '<sip:bob@home.example>'}`,
    `Call-ID: ${parts.callId ?? 'c@10.0.0.2'}`,
    `CSeq: ${parts.cseq ?? `7 ${method}`}`,
    ...(parts.extra ?? []),
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
}

/** A request: an INVITE unless another method is named. */
export function invite(parts: Parts & { readonly uri?: string } = {}): string {
  const { method = 'INVITE', uri = 'sip:bob@home.example' } = parts;
  return message(`${method} ${uri} SIP/2.0`, parts);
}

/** The same, read. */
export function request(parts: Parameters<typeof invite>[0] = {}): Request {
  const found = read(invite(parts));
  if (found?.kind !== 'request') throw new Error('the test wrote no request');
  return found;
}

export function response(status: number, parts: Parts = {}): Response {
  const found = read(message(`SIP/2.0 ${status} Said`, parts));
  if (found?.kind !== 'response') throw new Error('the test wrote no response');
  return found;
}
