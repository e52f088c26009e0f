import fc from 'fast-check';
import { assert, expect, test } from 'vitest';
import { Field } from '../../src/sip/message/fields.ts';
import { type Frame, Framer } from '../../src/sip/message/frame.ts';
import { type Edit, END, VALUE } from '../../src/sip/message/message.ts';
import { line, printResponse, splice } from '../../src/sip/message/print.ts';
import { read } from '../../src/sip/message/read.ts';
import { escapeUser, parseUri, unescapeUri } from '../../src/sip/message/uri.ts';
import { stampVia } from '../../src/sip/message/via.ts';
import { flows, samples, torture } from '../support/corpus.ts';
import { cpuTime } from '../support/cpu-time.ts';
import { forceEverything, typicalEdits } from '../support/force-everything.ts';

const corpus = [...torture(), ...flows(), ...samples()];
const anyByte = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code));
const bytes = (maxLength: number) => fc.array(anyByte, { maxLength }).map((list) => list.join(''));

test('a message that nobody edits is printed as it came, byte for byte (RFC 3261 §16.6)', () => {
  for (const { name, text } of corpus) {
    const message = read(text);
    if (message === undefined || message.kind === 'malformed') continue;
    const came = text.replace(/^(\r\n)+/, '').slice(0, message.text.length);
    assert.strictEqual(splice(message.text, []), came, name);
    assert.strictEqual(message.text.slice(0, message.bodyAt) + message.body, came, name);
  }
});

test('what is forwarded differs from what came in the edits only (RFC 3261 §16.6)', () => {
  for (const { name, text } of corpus) {
    const message = read(text);
    if (message?.kind !== 'request') continue;
    const edits = typicalEdits(message);
    assert.strictEqual(splice(message.text, edits), naive(message.text, edits), name);
    const again = read(splice(message.text, edits));
    assert.strictEqual(again?.kind, 'request', name);
    if (again?.kind !== 'request') continue;
    assert.deepEqual(
      [again.uri.host, again.via.host, again.method, again.callId, again.body],
      ['192.0.2.4', '192.0.2.1', message.method, message.callId, message.body],
      name,
    );
  }
});

/** The edits one by one, from the last to the first, so that none moves another. */
function naive(text: string, edits: readonly Edit[]): string {
  let out = text;
  for (const edit of edits.map((one, order) => ({ ...one, order })).sort((a, b) => b.at - a.at || b.order - a.order))
    out = out.slice(0, edit.at) + edit.text + out.slice(edit.end);
  return out;
}

test('any edits that do not overlap, in any order, are what making them one by one is', () => {
  const edits = fc.tuple(
    bytes(200),
    fc.array(fc.tuple(fc.nat(200), fc.string({ maxLength: 5, unit: anyByte })), { maxLength: 8 }),
  );
  fc.assert(
    fc.property(edits, fc.nat(7), ([text, pieces], turn) => {
      const cuts = pieces.map(([at]) => Math.min(at, text.length)).sort((a, b) => a - b);
      const list = pieces.map(([, put], i) => ({ at: cuts[i]!, end: cuts[i + 1] ?? cuts[i]!, text: put }));
      const turned = list.some((edit, i) => list[i + 1]?.at === edit.at) ? list : [...list.slice(turn), ...list.slice(0, turn)];
      assert.strictEqual(splice(text, turned), naive(text, turned));
    }),
    { numRuns: 300 },
  );
});

test('any bytes give a request, a response, a malformed message or nothing, and no other end', () => {
  const start = fc.constantFrom(
    '',
    'INVITE sip:a@b SIP/2.0\r\n',
    'SIP/2.0 200 OK\r\n',
    'INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP a;',
  );
  fc.assert(
    fc.property(start, bytes(300), fc.constantFrom('', '\r\n\r\n'), (head, middle, end) => {
      const message = read(head + middle + end);
      assert.include(['request', 'response', 'malformed', 'nothing'], message?.kind ?? 'nothing');
      if (message !== undefined) forceEverything(message);
    }),
    { numRuns: 2000 },
  );
});

test('a stream gives the same frames however it is cut into segments (RFC 3261 §18.3)', () => {
  const parts = fc.array(
    fc.oneof(
      fc.constantFrom(...corpus.slice(0, 200).map(({ text }) => text)),
      fc.constantFrom(
        '\r\n',
        '\r\n\r\n',
        'A\r\nl:3\r\n\r\nabc',
        'A\r\nl: 2\r\n\r\n\r\n',
        'A\r\nl:1\r\nl:1\r\n\r\nx',
        '\r',
        'A\r\n\r\n',
      ),
    ),
    { minLength: 1, maxLength: 5 },
  );
  fc.assert(
    fc.property(parts, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 30 }), (pieces, lengths) => {
      const stream = pieces.join('');
      assert.deepEqual(segmented(stream, lengths), framed(stream));
      assert.deepEqual(segmented(stream, [1]), framed(stream));
    }),
    { numRuns: 300 },
  );
});

function framed(stream: string): [Frame[], boolean] {
  const framer = new Framer();
  return [framer.push(stream), framer.waiting];
}

function segmented(stream: string, lengths: readonly number[]): [Frame[], boolean] {
  const framer = new Framer();
  const frames: Frame[] = [];
  for (let at = 0, i = 0; at < stream.length; at += lengths[i++ % lengths.length]!)
    frames.push(...framer.push(stream.slice(at, at + lengths[i % lengths.length]!)));
  return [frames, framer.waiting];
}

test('where a stream ends a message, a reader of one datagram ends it too (RFC 4475 §3.3.9)', () => {
  for (const { name, text } of corpus) {
    const [frame] = new Framer().push(text);
    const message = read(text);
    if (frame?.kind !== 'message' || message === undefined || message.kind === 'malformed') continue;
    assert.strictEqual(frame.text.replace(/^(\r\n)+/, ''), message.text, name);
  }
});

test('a response of ours can be read, and says what the request said (RFC 3261 §8.2.6)', () => {
  for (const { name, text } of corpus) {
    const request = read(text);
    if (request?.kind !== 'request') continue;
    const via = stampVia(request.via, '192.0.2.9', 5070);
    const response = read(printResponse(request, via, 486, 'Busy Here', 'ours', 'Retry-After: 5\r\n', 'body'));
    assert.strictEqual(response?.kind, 'response', name);
    if (response?.kind !== 'response') continue;
    assert.strictEqual(response.via.branch, request.via.branch, name);
    assert.strictEqual(response.callId, request.callId, name);
    assert.deepEqual(response.cseq, request.cseq, name);
    assert.strictEqual(response.from.text, request.from.text, name);
    assert.strictEqual(response.to.tag, request.to.tag ?? 'ours', name);
    assert.deepEqual(response.list(Field.via).slice(1), request.list(Field.via).slice(1), name);
    assert.strictEqual(response.body, 'body', name);
  }
});

test('no line end and no code unit above a byte gets into what is printed (S17)', () => {
  const unit = fc.oneof(
    fc.constantFrom('\r', '\n', '\0', '\u010d', '\u{1f4de}', '"', '\\', '%0d%0a'),
    fc.string({ maxLength: 3 }),
  );
  fc.assert(
    fc.property(fc.array(unit, { maxLength: 6 }), (pieces) => {
      const value = pieces.join('');
      const fits = !/[\r\n\0]|[^\0-\xff]/.test(value);
      const printed = () => line('Subject', value);
      if (fits) assert.strictEqual(printed(), `Subject: ${value}\r\n`);
      else expect(printed).toThrow(RangeError);
      if (/[^\0-\xff]/.test(value)) expect(() => splice('text', [{ at: 0, end: 0, text: value }])).toThrow(RangeError);
    }),
  );
});

test('what is escaped for a user is that user when it is read again (RFC 3261 §19.1.2)', () => {
  fc.assert(
    fc.property(bytes(20), (name) => {
      fc.pre(name !== '');
      const { user, password } = parseUri(`sip:${escapeUser(name)}@example.com`);
      assert.strictEqual(unescapeUri(user ?? ''), name);
      assert.isUndefined(password);
    }),
  );
});

test('65 kB of one thing are read and asked for everything within 200 ms (S18)', () => {
  const head =
    'INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:b@b>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n';
  const things = [
    ' ',
    '\t',
    '\r\n ',
    ';',
    ';a',
    ',',
    '"',
    '\\',
    '"\\',
    '<',
    '>',
    '<>',
    '%',
    '=',
    ';x="',
    ' ;',
    'a',
    '@',
    ':',
    '[',
    '\xff',
  ];
  const names = [
    'Subject: ',
    'Contact: <sip:a@b>',
    'm: "',
    'Route: <sip:a>',
    'v: SIP/2.0/UDP a',
    'Authorization: Digest a=',
    'x-y',
  ];
  for (const name of names) {
    for (const thing of things) {
      for (const split of [65_000, 8_000]) {
        const value = thing.repeat(Math.floor(split / thing.length));
        const lines = Math.floor(65_000 / (split + name.length + 2)) || 1;
        const text = `${head}${`${name}${value}\r\n`.repeat(lines)}\r\n`;
        const took = cpuTime(() => {
          const message = read(text);
          if (message !== undefined) forceEverything(message);
        });
        assert.isBelow(took, 200, JSON.stringify([name, thing, split]));
      }
    }
  }
});

test('a stream that comes byte by byte costs what it holds, not its square (S19)', () => {
  const framer = new Framer();
  const text = `INVITE sip:a@b SIP/2.0\r\n${'x: y\r\n'.repeat(10_000)}`;
  const took = cpuTime(() => {
    for (let at = 0; at < text.length; at++) framer.push(text[at]!);
  });
  assert.isBelow(took, 200);
  assert.isTrue(framer.waiting);
});

test('the value of a header line is what stands between its colon and its end', () => {
  for (const { name, text } of corpus) {
    const message = read(text);
    if (message === undefined || message.kind === 'malformed') continue;
    const place = message.find(Field.callId);
    const value = message.text.slice(message.index[place + VALUE]!, message.index[place + END]!);
    assert.strictEqual(value, /^(?:call-id|i)[ \t]*:\s*(\S+)[ \t]*$/im.exec(message.text)![1], name);
  }
});
