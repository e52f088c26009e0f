import { readFileSync } from 'node:fs';
import { assert, test } from 'vitest';
import { Request } from '../../src/sip/message/message.ts';
import { read } from '../../src/sip/message/read.ts';
import { isSip } from '../../src/sip/message/uri.ts';
import { Desk } from '../support/desk.ts';
import type { Phone } from '../support/phone.ts';

// The torture messages of RFC 4475 and RFC 5118 through the whole server, each on a desk of its own. Every domain that is dialed in them
// is an open one, and where a request is for a user of it, a sink is registered under that very name.

const DOMAINS = [
  ...['example.com', 'example.net', 'example.org', 'chair-dnrc.example.com', 'services.example.com', 'registrar.example.com'],
  ...['host.example.net', '[2001:db8::10]', '[2001:db8::192.0.2.1]'],
];

/** 127.0.0.1:5080 is what mpart01 has in its Route. */
const OPEN = `[daemon]
domain = home.example
listen = udp:10.0.0.1:5060, tcp:10.0.0.1:5060, udp:127.0.0.1:5080
${DOMAINS.map((name) => `[domain ${name}]\ninbound = anonymous\nregister = anonymous\n`).join('')}`;

/** What the RFC says of the message: it is right, wrong, either will do, or nobody answers. */
type Verdict = 'ACCEPT' | 'REJECT' | 'EITHER' | 'DROP';
type Row = readonly [file: string, section: string, kind: 'req' | 'resp', by: 'udp' | 'tcp', verdict: Verdict, outcome: string];

const table: readonly Row[] = [
  ['rfc4475/wsinv', '3.1.1.1', 'req', 'udp', 'ACCEPT', '481'],
  ['rfc4475/intmeth', '3.1.1.2', 'req', 'tcp', 'ACCEPT', 'arrived 486'],
  ['rfc4475/esc01', '3.1.1.3', 'req', 'udp', 'ACCEPT', 'arrived 486'],
  ['rfc4475/escnull', '3.1.1.4', 'req', 'udp', 'ACCEPT', '200'],
  ['rfc4475/esc02', '3.1.1.5', 'req', 'tcp', 'ACCEPT', '404'],
  ['rfc4475/lwsdisp', '3.1.1.6', 'req', 'udp', 'ACCEPT', 'arrived 486'],
  ['rfc4475/longreq', '3.1.1.7', 'req', 'tcp', 'ACCEPT', 'arrived 486'],
  ['rfc4475/dblreq', '3.1.1.8', 'req', 'udp', 'ACCEPT', '200'],
  ['rfc4475/semiuri', '3.1.1.9', 'req', 'udp', 'ACCEPT', 'arrived 486'],
  ['rfc4475/transports', '3.1.1.10', 'req', 'udp', 'ACCEPT', 'arrived 486'],
  ['rfc4475/mpart01', '3.1.1.11', 'req', 'udp', 'ACCEPT', 'arrived 486'],
  ['rfc4475/unreason', '3.1.1.12', 'resp', 'udp', 'ACCEPT', 'silence'],
  ['rfc4475/noreason', '3.1.1.13', 'resp', 'udp', 'ACCEPT', 'silence'],
  ['rfc4475/badinv01', '3.1.2.1', 'req', 'udp', 'REJECT', '400'],
  ['rfc4475/clerr', '3.1.2.2', 'req', 'udp', 'REJECT', '400'],
  ['rfc4475/ncl', '3.1.2.3', 'req', 'udp', 'REJECT', '400'],
  ['rfc4475/scalar02', '3.1.2.4', 'req', 'tcp', 'REJECT', '400'],
  ['rfc4475/scalarlg', '3.1.2.5', 'resp', 'tcp', 'DROP', 'silence'],
  ['rfc4475/quotbal', '3.1.2.6', 'req', 'udp', 'REJECT', '400'],
  ['rfc4475/ltgtruri', '3.1.2.7', 'req', 'udp', 'EITHER', '400'],
  ['rfc4475/lwsruri', '3.1.2.8', 'req', 'udp', 'EITHER', '400'],
  ['rfc4475/lwsstart', '3.1.2.9', 'req', 'udp', 'EITHER', '400'],
  ['rfc4475/trws', '3.1.2.10', 'req', 'tcp', 'EITHER', '400'],
  ['rfc4475/escruri', '3.1.2.11', 'req', 'udp', 'EITHER', '400'],
  ['rfc4475/baddate', '3.1.2.12', 'req', 'udp', 'EITHER', 'arrived 486'],
  ['rfc4475/regbadct', '3.1.2.13', 'req', 'udp', 'EITHER', '400'],
  ['rfc4475/badaspec', '3.1.2.14', 'req', 'udp', 'EITHER', '400'],
  ['rfc4475/baddn', '3.1.2.15', 'req', 'udp', 'EITHER', '400'],
  ['rfc4475/badvers', '3.1.2.16', 'req', 'udp', 'REJECT', '505'],
  ['rfc4475/mismatch01', '3.1.2.17', 'req', 'udp', 'REJECT', '400'],
  ['rfc4475/mismatch02', '3.1.2.18', 'req', 'udp', 'REJECT', '400'],
  ['rfc4475/bigcode', '3.1.2.19', 'resp', 'udp', 'DROP', 'silence'],
  ['rfc4475/badbranch', '3.2.1', 'req', 'udp', 'EITHER', 'arrived 486'],
  ['rfc4475/insuf', '3.3.1', 'req', 'udp', 'REJECT', '400'],
  ['rfc4475/unkscm', '3.3.2', 'req', 'tcp', 'REJECT', '416'],
  ['rfc4475/novelsc', '3.3.3', 'req', 'tcp', 'REJECT', '416'],
  ['rfc4475/unksm2', '3.3.4', 'req', 'udp', 'REJECT', '400'],
  ['rfc4475/bext01', '3.3.5', 'req', 'tcp', 'REJECT', '420'],
  ['rfc4475/invut', '3.3.6', 'req', 'udp', 'ACCEPT', 'arrived 486'],
  ['rfc4475/regaut01', '3.3.7', 'req', 'tcp', 'ACCEPT', '200'],
  ['rfc4475/multi01', '3.3.8', 'req', 'udp', 'REJECT', '400'],
  ['rfc4475/mcl01', '3.3.9', 'req', 'udp', 'REJECT', '400'],
  ['rfc4475/bcast', '3.3.10', 'resp', 'udp', 'DROP', 'silence'],
  ['rfc4475/zeromf', '3.3.11', 'req', 'udp', 'REJECT', '483'],
  ['rfc4475/cparam01', '3.3.12', 'req', 'udp', 'ACCEPT', '200'],
  ['rfc4475/cparam02', '3.3.13', 'req', 'udp', 'ACCEPT', '200'],
  ['rfc4475/regescrt', '3.3.14', 'req', 'udp', 'ACCEPT', '403'],
  ['rfc4475/sdp01', '3.3.15', 'req', 'udp', 'ACCEPT', 'arrived 486'],
  ['rfc4475/inv2543', '3.4.1', 'req', 'udp', 'ACCEPT', 'arrived 486'],
  ['rfc5118/ipv6-good', '4.1', 'req', 'udp', 'ACCEPT', '200'],
  ['rfc5118/ipv6-bad', '4.2', 'req', 'udp', 'REJECT', '400'],
  ['rfc5118/port-ambiguous', '4.3', 'req', 'udp', 'ACCEPT', '403'],
  ['rfc5118/port-unambiguous', '4.4', 'req', 'udp', 'ACCEPT', '403'],
  ['rfc5118/via-received-param-with-delim', '4.5', 'req', 'udp', 'ACCEPT', '481'],
  ['rfc5118/via-received-param-no-delim', '4.5', 'req', 'udp', 'ACCEPT', '200'],
  ['rfc5118/ipv6-in-sdp', '4.6', 'req', 'udp', 'ACCEPT', 'arrived 486'],
  ['rfc5118/mult-ip-in-header', '4.7', 'req', 'udp', 'ACCEPT', '481'],
  ['rfc5118/mult-ip-in-sdp', '4.8', 'req', 'udp', 'ACCEPT', 'arrived 486'],
  ['rfc5118/ipv4-mapped-ipv6', '4.9', 'req', 'udp', 'ACCEPT', 'arrived 486'],
  ['rfc5118/ipv6-bug-abnf-3-colons', '4.10', 'req', 'udp', 'ACCEPT', 'arrived 486'],
  ['rfc5118/ipv6-correct-abnf-2-colons', '4.10', 'req', 'udp', 'ACCEPT', 'arrived 486'],
];

interface Sent {
  /** As it went over the wire. */
  readonly text: string;
  /** The final statuses that came back, `silence` if none, `arrived` before them if the sink got it (and refused it with 486). */
  readonly outcome: string;
  readonly arrived: Request | undefined;
  /** Who else was sent anything. */
  readonly others: readonly string[];
}

async function send([file, , , by]: Row, change = (text: string) => text): Promise<Sent> {
  const desk = await Desk.open({ config: OPEN, addresses: ['10.0.0.1', '127.0.0.1'] });
  const sink = await desk.phone('sink', '10.0.0.9');
  const text = change(wire(file).replaceAll('SIP/2.0/TLS', 'SIP/2.0/TCP'));
  register(sink, text);
  desk.net.clear();
  const host = desk.hostAt('10.0.0.2');
  const server = { host: '10.0.0.1', port: 5060 };
  if (by === 'tcp') {
    const stream = host.connect('10.0.0.2', server, { timeout: 1_000 }, { data: () => undefined, closed: () => undefined });
    desk.run();
    stream.write(text);
  } else (await host.udp({ host: '10.0.0.2', port: 5060 }, () => undefined)).send(text, server);
  desk.run(100);
  const arrived = sink.inbox.find((message) => message instanceof Request);
  assert.equal(sink.inbox.length, arrived === undefined ? 0 : 1);
  if (arrived !== undefined) sink.answer(arrived, 486);
  desk.run(100);
  const ours = desk.net.wire.filter(({ from }) => from.host === '10.0.0.1');
  const finals = ours.filter(({ to }) => to.host === '10.0.0.2').map((packet) => /^SIP\/2\.0 ([2-6]\d\d)/.exec(packet.text)?.[1]);
  const statuses = [...(arrived === undefined ? [] : ['arrived']), ...finals.filter((status) => status !== undefined)];
  return {
    text,
    outcome: statuses.length === 0 ? 'silence' : statuses.join(' '),
    arrived,
    others: ours.map(({ to }) => to.host).filter((to) => to !== '10.0.0.2' && to !== '10.0.0.9'),
  };
}

/** The message as it is sent; those of RFC 5118 are printed with a Content-Length that is not theirs. */
function wire(file: string): string {
  const text = readFileSync(new URL(`../data/${file}.dat`, import.meta.url), 'latin1');
  if (file.startsWith('rfc4475')) return text;
  const body = text.indexOf('\r\n\r\n') + 4;
  return text.slice(0, body).replace(/^content-length[ \t]*:.*$/im, `Content-Length: ${text.length - body}`) + text.slice(body);
}

/** Registers the sink as whom the request is for. */
function register(sink: Phone, text: string): void {
  const request = read(text);
  if (!(request instanceof Request) || request.method === 'REGISTER' || !isSip(request.uri)) return;
  const [, aor, domain] = /^(.*@([^;?:[]+|\[.*\]))/.exec(request.uriText) ?? [];
  if (aor === undefined) return;
  // A guest whose address may be forged is sent by UDP what it has sent itself and a little more (security S14): longreq is long.
  const headers = [`Contact: ${sink.contact}`, `X-Worth: ${'1.5 '.repeat(400)}`];
  sink.request('REGISTER', `sip:${domain}`, { to: `<${aor}>`, from: `<${aor}>`, headers });
  sink.response(200);
}

const OUR_VIA = /\r\nVia: SIP\/2\.0\/UDP 10\.0\.0\.1:5060;branch=z9hG4bK[0-9a-z.]+;rport(?=\r\n)/;
const OUR_RECORD_ROUTE = /\r\nRecord-Route: <sip:[^@>]+@10\.0\.0\.1:5060(?:;transport=tcp)?;lr>/g;

/** What arrived, with all that a proxy has to change (RFC 3261 §16.6) put back as it was. */
function undone(arrived: string, sent: string, by: 'udp' | 'tcp'): string {
  const startLine = /^.*/.exec(sent)![0];
  const hops = /^max-forwards[ \t]*:\s*(\d+)/im;
  const written = hops.exec(sent);
  const breadth = startLine.startsWith('INVITE ') ? 30 : 60;
  const top = `${written === null ? '\r\nMax-Forwards: 70' : ''}\r\nMax-Breadth: ${breadth}`;
  assert.equal(/^.*/.exec(arrived)![0], startLine.replace(/ \S+ /, ' sip:sink@10.0.0.9:5060 '));
  assert.match(arrived.replace(/^.*/, ''), new RegExp(`^${OUR_VIA.source}`));
  const plain = /^(?:OPTIONS|MESSAGE) /.test(startLine); // a method that nobody knows may open a dialog
  assert.equal(arrived.match(OUR_RECORD_ROUTE)?.length ?? 0, plain ? 0 : by === 'udp' ? 1 : 2);
  let text = arrived
    .replace(/^.*/, () => startLine)
    .replace(OUR_VIA, '')
    .replace(OUR_RECORD_ROUTE, '')
    .replace(top, '')
    .replace(';received=10.0.0.2', '')
    .replace(';rport=5060', ';rport');
  if (written !== null) {
    assert.equal(Number(hops.exec(text)?.[1]), Number(written[1]) - 1);
    text = text.replace(hops, written[0]);
  }
  return text;
}

/** Without the Route header, which is ours in the two messages that have one. */
const routed = (text: string): string => text.replace(/^route[ \t]*:.*\r\n(?:[ \t].*\r\n)*/im, '');

test.each(table)('%s (§%s) %s by %s: %s, here %s', async (...row) => {
  const sent = await send(row);
  assert.equal(sent.outcome, row[5]);
  assert.deepEqual(sent.others, []);
});

test('at least twelve of the valid requests arrive, changed only where a proxy must (RFC 3261 §16.6)', async () => {
  const arrived: string[] = [];
  for (const row of table.filter(([, , kind, , verdict]) => kind === 'req' && verdict === 'ACCEPT')) {
    const sent = await send(row);
    if (sent.arrived === undefined) continue;
    arrived.push(row[0].slice(8));
    assert.equal(undone(sent.arrived.text, sent.text, row[3]), routed(sent.text), row[0]);
  }
  assert.deepEqual(arrived, [
    ...['intmeth', 'esc01', 'lwsdisp', 'longreq', 'semiuri', 'transports', 'mpart01', 'invut', 'sdp01', 'inv2543'],
    ...['ipv6-in-sdp', 'mult-ip-in-sdp', 'ipv4-mapped-ipv6', 'ipv6-bug-abnf-3-colons', 'ipv6-correct-abnf-2-colons'],
  ]);
});

test('the tortuous INVITE is within a dialog that is none; without its To tag it arrives as it was written (RFC 4475 §3.1.1.1)', async () => {
  const sent = await send(table[0]!, (text) => text.replace(/ ; {3}tag {4}= 1918181833n/, ''));
  assert.equal(sent.outcome, 'arrived 486');
  assert.equal(undone(sent.arrived!.text, sent.text, 'udp'), routed(sent.text));
});
