import { type Address, parseAddress } from '../../src/sip/message/address.ts';
import { parseContact } from '../../src/sip/message/contact.ts';
import { Field, fieldName } from '../../src/sip/message/fields.ts';
import { Framer } from '../../src/sip/message/frame.ts';
import { ID, type Message, STRIDE } from '../../src/sip/message/message.ts';
import { printResponse } from '../../src/sip/message/print.ts';
import { read } from '../../src/sip/message/read.ts';
import { sameUri } from '../../src/sip/message/same-uri.ts';
import { parseUri, type Uri } from '../../src/sip/message/uri.ts';
import { parseVia, stampVia, type Via } from '../../src/sip/message/via.ts';
import { ParseError } from '../../src/text/parse-error.ts';
import { flows, type Printed, samples } from './corpus.ts';
import { parseDigest } from './digest.ts';

/** What is read from a wire, in lines that a person can hold against the RFC: what has no value is left out. */
export const describe: Readonly<Record<string, (wire: string) => string[]>> = {
  message: describeMessage,
  flows: () => exceptions(flows()),
  samples: () => exceptions(samples()),
  answer: describeAnswer,
  stream: describeStream,
  uri: (wire) => fields(uriFields(parseUri(wire))),
  'same uri': (wire) => [sameUri(parseUri(wire.split('\n')[0]!), parseUri(wire.split('\n')[1]!)) ? 'same' : 'different'],
  address: (wire) => addressLines('', parseAddress('Test', wire)),
  contact: (wire) => {
    const { address, q, expires, instance, regId } = parseContact(wire);
    return [...addressLines('', address), ...fields({ q, expires, instance, regId })];
  },
  via: (wire) => fields(viaFields(parseVia(wire))),
  stamp: (wire) => {
    const [via, host, port] = wire.split('\n');
    return [stampVia(parseVia(via!), host!, Number(port))];
  },
  digest: (wire) => {
    const params = parseDigest('Authorization', wire);
    return params === undefined ? ['other scheme'] : fields({ ...params });
  },
};

function describeMessage(wire: string): string[] {
  const message = read(wire);
  if (message === undefined) return ['silence'];
  if (message.kind === 'malformed') {
    const { answer, error, via } = message;
    const verdict = answer === undefined ? 'malformed, no answer' : `malformed, ${answer.status} ${answer.reason}`;
    return [verdict, `fault: ${error.message}`, ...(via === undefined ? [] : [`via: ${inline(viaFields(via))}`])];
  }
  const start =
    message.kind === 'request'
      ? [`request ${message.method}`, `uri: ${inline(uriFields(message.uri))}`]
      : [`response ${message.status} ${message.reason}`];
  const { via, callId, cseq } = message;
  return [
    ...start,
    `via: ${inline(viaFields(via))}`,
    ...attempt('from', () => addressLines('from ', message.from)),
    ...attempt('to', () => addressLines('to ', message.to)),
    `call-id: ${callId}`,
    `cseq: ${cseq.number} ${cseq.method}`,
    ...(message.kind === 'request' && message.maxForwards !== undefined ? [`max-forwards: ${message.maxForwards}`] : []),
    ...[Field.route, Field.recordRoute, Field.contact, Field.require, Field.proxyRequire].flatMap((id) => listLines(message, id)),
    `headers: ${headerNames(message)}`,
    `body: ${message.body.length} bytes`,
  ];
}

/** The messages of a corpus that are not read as what they are. */
function exceptions(corpus: readonly Printed[]): string[] {
  const lines = corpus.flatMap(({ name, text }) => {
    const message = read(text);
    if (message === undefined) return [`${name.split(' ')[0]}: silence`];
    return message.kind === 'malformed' ? [`${name.split(' ')[0]}: ${message.error.message}`] : [];
  });
  return [`${corpus.length - lines.length} of ${corpus.length} accepted`, ...lines];
}

/** How the message is answered; with the 400 that it deserves, or a 100. */
function describeAnswer(wire: string): string[] {
  const message = read(wire);
  if (message === undefined || message.kind === 'response') return ['silence'];
  if (message.kind === 'malformed' && message.answer === undefined) return ['silence'];
  const { status, reason } = message.kind === 'malformed' ? message.answer! : { status: 100, reason: 'Trying' };
  return printResponse(message, stampVia(message.via!, '192.0.2.99', 5099), status, reason, 'ours')
    .split('\r\n')
    .slice(0, -2);
}

/** The frames of a stream. */
function describeStream(wire: string): string[] {
  const framer = new Framer();
  const lines = framer
    .push(wire)
    .map((frame) => (frame.kind === 'ping' ? 'ping' : `${frame.kind} ${JSON.stringify(frame.text)}`));
  return framer.waiting ? [...lines, 'waiting'] : lines.length === 0 ? ['nothing'] : lines;
}

function headerNames(message: Message): string {
  const names: string[] = [];
  for (let i = 0; i < message.index.length; i += STRIDE) names.push(fieldName(message.index[i + ID]!) || '-');
  return names.join(' ');
}

function listLines(message: Message, id: number): string[] {
  return message.list(id).map((value) => `${fieldName(id)}: ${value}`);
}

function addressLines(before: string, address: Address): string[] {
  const { display, paramsText } = address;
  return [
    ...(display === '' ? [] : [`${before}display: ${display}`]),
    ...attempt(`${before}uri`, () => [`${before}uri: ${inline(uriFields(address.uri))}`]),
    ...(paramsText === '' ? [] : [`${before}parameters: ${paramsText}`]),
    ...(address.tag === undefined ? [] : [`${before}tag: ${address.tag}`]),
  ];
}

function uriFields({ scheme, user, password, host, port, params, headers }: Uri): Fields {
  return { scheme, user, password, host, port, params, headers };
}

function viaFields({ transport, host, port, branch, received, rport }: Via): Fields {
  return { transport, host, port, branch, received, rport: rport === '' ? 'asked for' : rport };
}

type Fields = Readonly<Record<string, string | number | undefined>>;

const inline = (of: Fields): string => fields(of).join(' ');

function fields(of: Fields): string[] {
  return Object.entries(of)
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([name, value]) => `${name}=${value}`);
}

/** What fails is said in place: a field that nobody needs may hold anything. */
function attempt(name: string, ask: () => string[]): string[] {
  try {
    return ask();
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    return [`${name} fault: ${error.message}`];
  }
}
