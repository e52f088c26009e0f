import type { Binding } from '../../src/core/location/binding.ts';
import { route } from '../../src/core/routing/route.ts';
import type { Snapshot } from '../../src/core/routing/snapshot.ts';
import { Field } from '../../src/sip/message/fields.ts';
import { END, LINE, type Request, VALUE } from '../../src/sip/message/message.ts';
import { printResponse, splice } from '../../src/sip/message/print.ts';
import { read } from '../../src/sip/message/read.ts';
import { parseUri, type Uri } from '../../src/sip/message/uri.ts';
import { snapshotOf } from '../support/routing.ts';

const sdp = [
  'v=0',
  'o=- 5366 2353 IN IP4 192.0.2.31',
  's=-',
  'c=IN IP4 192.0.2.31',
  't=0 0',
  'm=audio 30000 RTP/AVP 0 8 101',
  'a=ptime:20',
  '',
].join('\r\n');

const invite = [
  'INVITE sip:201@home.example SIP/2.0',
  'Via: SIP/2.0/UDP 192.0.2.31:5062;branch=z9hG4bK-524287-1---7a9b3c1d;rport',
  'Max-Forwards: 70',
  'From: "Alice" <sip:alice@home.example>;tag=9fxced76sl',
  'To: <sip:201@home.example>',
  'Call-ID: 3848276298220188511@192.0.2.31',
  'CSeq: 2 INVITE',
  'Contact: <sip:alice@192.0.2.31:5062;transport=udp>',
  'Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, MESSAGE, REFER, NOTIFY',
  'User-Agent: desk phone',
  'Content-Type: application/sdp',
  `Content-Length: ${sdp.length}`,
  '',
  sdp,
].join('\r\n');

const ringing = [
  'SIP/2.0 180 Ringing',
  'Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK-a1b2c3;rport=5060',
  'Via: SIP/2.0/UDP 192.0.2.31:5062;branch=z9hG4bK-524287-1---7a9b3c1d;rport=5062;received=192.0.2.31',
  'Record-Route: <sip:3f0a9b5c@192.0.2.1:5060;lr>',
  'From: "Alice" <sip:alice@home.example>;tag=9fxced76sl',
  'To: <sip:201@home.example>;tag=314159',
  'Call-ID: 3848276298220188511@192.0.2.31',
  'CSeq: 2 INVITE',
  'Contact: <sip:201@192.0.2.44:5060>',
  'Content-Length: 0',
  '',
  '',
].join('\r\n');

function request(text: string): Request {
  const message = read(text);
  if (message?.kind !== 'request') throw new Error('the INVITE of this bench is not read as a request');
  return message;
}
const parsed = request(invite);

/** What a proxy writes: Request-URI, Via, Record-Route, Max-Forwards (RFC 3261 §16.6). */
function forward(message: Request): string {
  const line = (id: number, part: number) => message.index[message.find(id) + part] ?? 0;
  const via = line(Field.via, LINE);
  return splice(message.text, [
    { at: message.uriAt, end: message.uriEnd, text: 'sip:201@192.0.2.44:5060' },
    {
      at: via,
      end: via,
      text: 'Record-Route: <sip:3f0a9b5c@192.0.2.1:5060;lr>\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK-a1b2c3\r\n',
    },
    { at: line(Field.maxForwards, VALUE), end: line(Field.maxForwards, END), text: '69' },
  ]);
}

const phone: Binding = {
  aor: '201',
  contact: '<sip:201@192.0.2.44:5060>',
  uri: 'sip:201@192.0.2.44:5060',
  q: 1,
  expires: 3_600_000,
  callId: 'registration@192.0.2.44',
  cseq: 7,
  path: [],
  since: 0,
  flow: {
    transport: 'udp',
    local: { host: '192.0.2.1', port: 5060 },
    remote: { host: '192.0.2.44', port: 5060 },
    connection: '',
  },
  routeToSource: false,
};
const rules = Array.from({ length: 500 }, (_, i) => `[dial r${i}]\nmatch = 0${i % 10}${100 + i}!\nto = provider p\n`);
const users = Array.from({ length: 1000 }, (_, i) => `[user u${i}]\nextension = ${2000 + i}\n`);
const house = snapshotOf(
  `[daemon]\ndomain = home.example\nextensions = 200-299, 2000-2999\ncountry = DE\n[user alice]\n[user bob]\nextension = 201\n` +
    `[provider p]\nregistrar = sip:p.example\n${users.join('')}${rules.join('')}[dial last]\nmatch = 0X!\nto = provider p\n`,
);
const snapshot: Snapshot = { ...house, bindings: (aor) => (aor === 'bob' ? [phone, { ...phone, q: 0.5 }] : []) };
const principal = { kind: 'user', name: 'alice' } as const;

const outside = parseUri('sip:0301234567@home.example');

function routed(uri: Uri): number {
  const decision = route({ method: parsed.method, uri, principal }, snapshot);
  if (decision.kind !== 'forward') throw new Error(`the INVITE of this bench is not forwarded: ${decision.trace.join('; ')}`);
  return decision.trace.length;
}

/** As a socket would send it: a string made of parts is put together only then. */
const bytes = (text: string): number => Buffer.from(text, 'latin1').length;

/** Each case does its work once and returns something of the result, so that nothing is optimised away. */
export const cases: Readonly<Record<string, () => number>> = {
  'read an INVITE': () => request(invite).bodyAt,
  'read a 180': () => read(ringing)?.text.length ?? 0,
  'route to two phones': () => routed(parsed.uri),
  'route a number past 500 rules': () => routed(outside),
  'print a forwarded INVITE': () => bytes(forward(parsed)),
  'print a 100': () => bytes(printResponse(parsed, 'SIP/2.0/UDP 192.0.2.31:5062;branch=z9hG4bK-1', 100, 'Trying', '')),
};
