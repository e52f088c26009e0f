import { assert, test } from 'vitest';
import type { Binding } from '../../../src/core/location/binding.ts';
import { aorOfLine, LineReader, printLine } from '../../../src/core/location/line.ts';

const plain: Binding = {
  aor: 'alice',
  contact: '<sip:alice@192.0.2.7:5062>',
  uri: 'sip:alice@192.0.2.7:5062',
  q: 1,
  expires: 1_793_612_400_000,
  callId: 'a84b4c76e66710',
  cseq: 7,
  path: [],
  instance: undefined,
  regId: undefined,
  agent: undefined,
  since: 1_793_608_800_000,
  flow: {
    transport: 'udp',
    local: { host: '192.0.2.1', port: 5060 },
    remote: { host: '192.0.2.7', port: 5062 },
    connection: '',
  },
  routeToSource: false,
};

const full: Binding = {
  aor: 'null-\0-"\\\xe4',
  contact: '"A \\"B\\" \xc3\xa4" <sips:a@phone.example;x=y>;q=0.5;methods="INVITE,BYE"',
  uri: 'sips:a@phone.example;x=y',
  q: 0.5,
  expires: 2,
  callId: 'x"y',
  cseq: 2_147_483_647,
  path: ['<sip:p1.example;lr>', '"P, 2" <sip:p2.example;lr>'],
  instance: '<urn:uuid:00000000-0000-1000-8000-000A95A0E128>',
  regId: 1,
  agent: 'Phone "7"\t\\',
  since: 1,
  flow: {
    transport: 'tls',
    local: { host: '2001:db8::1', port: 5061 },
    remote: { host: 'fe80::7%eth0', port: 1 },
    connection: 'c"1',
  },
  routeToSource: true,
};

/** What anybody can ask of a binding, made or stored. */
function fieldsOf(binding: Binding): Binding {
  return Object.fromEntries((Object.keys(plain) as (keyof Binding)[]).map((key) => [key, binding[key]])) as unknown as Binding;
}

test('a line says what a person can read', () => {
  assert.equal(
    printLine('alice', [plain]),
    '{"aor":"alice","bindings":[{"contact":"<sip:alice@192.0.2.7:5062>","expires":1793612400000,"callId":"a84b4c76e66710","cseq":7,"since":1793608800000,"flow":["udp","192.0.2.1",5060,"192.0.2.7",5062]}]}\n',
  );
  assert.equal(printLine('alice', []), '{"aor":"alice"}\n');
});

test('what was printed is read again, whatever bytes it holds', () => {
  const reader = new LineReader();
  for (const binding of [plain, full]) {
    const line = printLine(binding.aor, [binding, { ...binding, cseq: 1 }]);
    assert.deepEqual(reader.read(line)?.map(fieldsOf), [binding, { ...binding, cseq: 1 }]);
    assert.equal(line.indexOf('\n'), line.length - 1);
  }
  assert.deepEqual(reader.read(printLine('bob', [])), []);
});

test('a phone that calls itself what an address of ours is written as changes none, and stays what it is (security S2)', () => {
  const named = { ...plain, aor: 'mallory', agent: '5060 192.0.2.1' };
  for (const bindings of [
    [named, plain],
    [plain, named],
  ]) {
    const reader = new LineReader();
    for (const binding of bindings) assert.deepEqual(reader.read(printLine(binding.aor, [binding]))?.map(fieldsOf), [binding]);
  }
});

test('the address-of-record of a line is found without parsing it', () => {
  for (const aor of ['alice', 'a"b', 'a\\', '\\"', '']) {
    const line = printLine(aor, [plain]);
    assert.equal(aorOfLine(line, 0, line.length - 1), JSON.stringify(aor));
    const gone = printLine(aor, []);
    assert.equal(aorOfLine(`x\n${gone}`, 2, gone.length + 1), JSON.stringify(aor));
  }
  assert.equal(aorOfLine('{"aor":"alice","bindings":[{"cont', 0, 33), undefined);
  assert.equal(aorOfLine('nonsense}', 0, 9), undefined);
});

test('a line that a person has broken is not read, and breaks nothing', () => {
  const reader = new LineReader();
  const line = printLine('alice', [plain]);
  for (const text of ['', '{', '[]', 'null', '{"aor":1}', '{"aor":"a","bindings":{}}', '{"aor":"a","bindings":[null]}'])
    assert.equal(reader.read(text), undefined, text);
  assert.equal(reader.read(line.replace('"callId"', '"callid"')), undefined);
  assert.equal(reader.read(line.replace(/"flow":.*\]\}\]/, '"flow":["udp"]}]')), undefined);
  for (const more of ['"uri":5', '"path":5', '"path":{}', '"path":"<sip:p1.example>"', '"path":[5]'])
    assert.equal(reader.read(line.replace('"callId"', `${more},"callId"`)), undefined, more);
  assert.equal(reader.read(line.replace('"callId"', '"uri":null,"path":null,"callId"'))?.length, 1);
});

test('a line with a damaged byte is not read where a message could not be made of it (house 7)', () => {
  const reader = new LineReader();
  const line = printLine('alice', [{ ...plain, path: ['<sip:p1.example;lr>'] }]);
  assert.equal(reader.read(line)?.length, 1);
  for (const [right, wrong] of [
    ['"<sip:alice@', '"=sip:alice@'],
    ['"<sip:alice@', '"<s p:alice@'],
    [':5062>', ':x062>'],
    ['"<sip:p1', '"<sip+p1'],
    ['a84b4c', 'a8\ufffdb4c'],
    ['"192.0.2.7"', '"192\ufffd0.2.7"'],
  ] as const) {
    const damaged = line.replace(right, wrong);
    assert.notEqual(damaged, line);
    assert.equal(reader.read(damaged), undefined, damaged);
  }
});
