import { assert, test } from 'vitest';
import { type Algorithm, digestResponse, ha1, ha2 } from '../../../src/sip/auth/digest.ts';
import { Authenticator, type Verdict } from '../../../src/sip/auth/verify.ts';
import type { Request } from '../../../src/sip/message/message.ts';
import { SimClock } from '../../support/sim-clock.ts';
import { SimLog } from '../../support/sim-log.ts';
import { SimRandom } from '../../support/sim-random.ts';
import { request as written } from '../../support/written.ts';

const REALM = 'home-7f3a';
const phone = { host: '192.0.2.7' };
const isOurs = ({ host, port }: { host: string; port: number | undefined }) =>
  (host === 'home.example' || host === '10.0.0.1') && (port ?? 5060) === 5060;

const request = (extra: readonly string[] = [], method = 'REGISTER', uri = 'sip:home.example'): Request =>
  written({ method, uri, to: '<sip:alice@home.example>', extra });

interface Said {
  readonly user?: string;
  readonly password?: string;
  readonly algorithm?: Algorithm;
  readonly realm?: string;
  readonly uri?: string;
  readonly nc?: string;
  readonly method?: string;
  readonly username?: string;
}

/** The value of an Authorization header as a phone makes it. */
function credentials(nonce: string, said: Said = {}): string {
  const {
    user = 'alice',
    password = 'secret',
    algorithm = 'MD5',
    realm = REALM,
    uri = 'sip:home.example',
    nc = '00000001',
  } = said;
  const a1 = ha1(algorithm, user, realm, password);
  const response = digestResponse(algorithm, a1, ha2(algorithm, said.method ?? 'REGISTER', uri), {
    nonce,
    nc,
    cnonce: '0a4f113b',
    qop: 'auth',
  });
  return `Digest username="${said.username ?? user}", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${response}", algorithm=${algorithm}, cnonce="0a4f113b", qop=auth, nc=${nc}`;
}

function setup(algorithms: readonly Algorithm[] = ['MD5'], seed = 1) {
  const house = { algorithms };
  const clock = new SimClock();
  const log = new SimLog();
  const asked: string[] = [];
  const stored = (user: string, algorithm: Algorithm): readonly string[] => {
    asked.push(user);
    return user === 'alice' ? [ha1(algorithm, 'alice', REALM, 'other'), ha1(algorithm, 'alice', REALM, 'secret')] : [];
  };
  const auth = new Authenticator({
    realm: REALM,
    algorithms: () => house.algorithms,
    ha1: stored,
    withExtension: (user) => (user === '201' ? 'alice' : undefined),
    isOurs,
    clock,
    random: new SimRandom(seed),
    log,
  });
  const nonce = (host = phone.host): string =>
    /nonce="([^"]+)"/.exec(auth.challenge(request(), { host }, 'authorization', false))![1]!;
  const verify = (value: string, host = phone.host, uri = 'sip:home.example'): Verdict =>
    auth.verify(request([`Authorization: ${value}`], 'REGISTER', uri), { host }, 'authorization');
  return { clock, log, auth, nonce, verify, asked, house };
}

test('a challenge has one header an algorithm, in the order that was set, with one nonce (RFC 8760 §2.3)', () => {
  const { auth } = setup(['SHA-256', 'MD5'], 3);
  const lines = auth.challenge(request(), phone, 'authorization', false).replace(/nonce="[0-9a-f]{32}"/g, 'nonce="N"');
  assert.equal(
    lines,
    'WWW-Authenticate: Digest realm="home-7f3a", nonce="N", algorithm=SHA-256, qop="auth"\r\n' +
      'WWW-Authenticate: Digest realm="home-7f3a", nonce="N", algorithm=MD5, qop="auth"\r\n',
  );
});

test('MD5 alone is offered by default, for baresip 1.0 refuses any challenge with SHA-256 beside it (security S8)', () => {
  const { auth } = setup();
  const lines = auth.challenge(request(['User-Agent: baresip v1.0.0 (x86_64/linux)']), phone, 'proxyAuthorization', true);
  assert.match(
    lines,
    /^Proxy-Authenticate: Digest realm="home-7f3a", nonce="[0-9a-f]{32}", algorithm=MD5, qop="auth", stale=true\r\n$/,
  );
});

test('a user agent that is known to cope is offered SHA-256 first, and may use either (RFC 8760 §2.3)', () => {
  const { auth, nonce } = setup();
  const agent = 'User-Agent: Linphonec/5.1.65';
  assert.deepEqual(auth.challenge(request([agent]), phone, 'authorization', false).match(/algorithm=[^,]+/g), [
    'algorithm=SHA-256',
    'algorithm=MD5',
  ]);
  for (const algorithm of ['SHA-256', 'MD5'] as const) {
    const answer = request([agent, `Authorization: ${credentials(nonce(), { algorithm })}`]);
    assert.deepEqual(auth.verify(answer, phone, 'authorization'), { kind: 'proved', user: 'alice' });
  }
});

test('who is challenged after another is offered what is for him, and what is configured now (security S8)', () => {
  const { auth, house } = setup();
  const offered = (agent: string) =>
    auth
      .challenge(request([`User-Agent: ${agent}`]), phone, 'authorization', false)
      .match(/algorithm=[^,]+/g)!
      .join(' ');
  const [linphone, baresip] = ['Linphonec/5.1.65', 'baresip v1.0.0 (x86_64/linux)'];
  for (let round = 0; round < 2; round++) {
    assert.equal(offered(linphone), 'algorithm=SHA-256 algorithm=MD5');
    assert.equal(offered(baresip), 'algorithm=MD5');
  }
  house.algorithms = ['SHA-256'];
  for (const agent of [linphone, baresip]) assert.equal(offered(agent), 'algorithm=SHA-256');
});

test('an algorithm that was not offered proves nothing (security S8)', () => {
  const strict = setup(['SHA-256']);
  assert.deepEqual(strict.verify(credentials(strict.nonce(), { algorithm: 'MD5' })), { kind: 'wrong' });
  assert.deepEqual(strict.verify(credentials(strict.nonce(), { algorithm: 'SHA-256' })), { kind: 'proved', user: 'alice' });
  const old = setup(['MD5']);
  assert.deepEqual(old.verify(credentials(old.nonce(), { algorithm: 'SHA-256' })), { kind: 'wrong' });
});

test('any stored HA1 of the user proves the user, with or without a domain behind the name (RFC 3261 §22.4)', () => {
  const { verify, nonce, auth } = setup();
  assert.deepEqual(verify(credentials(nonce())), { kind: 'proved', user: 'alice' });
  assert.deepEqual(verify(credentials(nonce(), { password: 'other' })), { kind: 'proved', user: 'alice' });
  assert.deepEqual(verify(credentials(nonce(), { username: 'alice@home.example' })), { kind: 'proved', user: 'alice' });
  assert.deepEqual(auth.counts, { evaluated: 3, proved: 3, wrong: 0, stale: 0, delayed: 0 });
});

test('an unknown user and a wrong password get one verdict, and both cost one digest or more (security S5)', () => {
  const { verify, nonce, auth } = setup();
  assert.deepEqual(verify(credentials(nonce(), { password: 'guess' })), { kind: 'wrong' });
  assert.deepEqual(verify(credentials(nonce(), { user: 'nobody' })), { kind: 'wrong' });
  assert.deepEqual(auth.counts, { evaluated: 2, proved: 0, wrong: 2, stale: 0, delayed: 0 });
});

test('the HA1 that stands in for unknown users opens no door (security S5)', () => {
  const { verify, nonce } = setup();
  const n = nonce();
  const response = digestResponse('MD5', '0'.repeat(32), ha2('MD5', 'REGISTER', 'sip:home.example'), {
    nonce: n,
    nc: '00000001',
    cnonce: 'c',
    qop: 'auth',
  });
  const value = `Digest username="nobody", realm="${REALM}", nonce="${n}", uri="sip:home.example", response="${response}", cnonce="c", qop=auth, nc=00000001`;
  assert.deepEqual(verify(value), { kind: 'wrong' });
});

test('no credentials, those of another scheme and those of another realm are none (RFC 3261 §22.3, RFC 4475 §3.3.7)', () => {
  const { auth, verify, nonce } = setup();
  assert.deepEqual(auth.verify(request(), phone, 'authorization'), { kind: 'none' });
  assert.deepEqual(verify('NoOneKnowsThisScheme opaque-data=here'), { kind: 'none' });
  assert.deepEqual(verify(credentials(nonce(), { realm: 'elsewhere' })), { kind: 'none' });
  assert.deepEqual(verify('Digest realm="home-7f3a", nonce='), { kind: 'none' });
  assert.deepEqual(auth.verify(request([`Authorization: ${credentials(nonce())}`]), phone, 'proxyAuthorization'), {
    kind: 'none',
  });
});

test('rule 43: of several credentials only those for our realm are judged (RFC 3261 §22.3)', () => {
  const { auth, nonce } = setup();
  const foreign = credentials('x', { realm: 'elsewhere' });
  const invite = request(
    [
      `Proxy-Authorization: ${foreign}`,
      `Proxy-Authorization: ${credentials(nonce(), { method: 'INVITE', uri: 'sip:bob@home.example' })}`,
    ],
    'INVITE',
    'sip:bob@home.example',
  );
  assert.deepEqual(auth.verify(invite, phone, 'proxyAuthorization'), { kind: 'proved', user: 'alice' });
});

test('credentials for one callee prove nothing where another is called, however his name is written (RFC 8760 §2.6, security S1)', () => {
  const { verify, nonce } = setup();
  const of = (uri: string, asked: string) => verify(credentials(nonce(), { uri }), phone.host, asked).kind;
  for (const asked of [
    'sip:bob@home.example',
    'sip:bob@10.0.0.1;user=phone',
    'sip:%62ob@HOME.example:5060',
    'sips:bob@home.example',
  ])
    assert.equal(of('sip:bob@home.example', asked), 'proved', asked);
  for (const asked of ['sip:carol@home.example', 'sip:BOB@home.example', 'sip:home.example', 'sip:bob@away.example', 'tel:112'])
    assert.equal(of('sip:bob@home.example', asked), 'wrong', asked);
  assert.deepEqual(
    ['sip:bob@home.example', 'sip:bob@away.example'].map((asked) => of('sip:home.example', asked)),
    ['proved', 'wrong'],
  );
  for (const [uri, asked] of [
    ['sip:bob@away.example', 'sip:bob@AWAY.example:5060;user=phone'],
    ['sips:bob@away.example:5061', 'sips:bob@away.example;lr'],
    ['sip:away.example:5070', 'sip:away.example:5070;lr'],
  ] as const)
    assert.equal(of(uri, asked), 'proved', asked);
  for (const asked of ['sip:bob@away.example:5061', 'sip:bob@home.example', 'sip:away.example'])
    assert.equal(of('sip:bob@away.example', asked), 'wrong', asked);
  assert.equal(of('tel:112', 'tel:112'), 'proved');
  for (const asked of ['tel:110', 'tel:112;phone-context=+49', 'sip:112@home.example'])
    assert.equal(of('tel:112', asked), 'wrong', asked);
});

test('a captured request sent again is stale, and the same count too (security S7, RFC 7616 §5.6)', () => {
  const { verify, nonce, clock } = setup();
  const first = credentials(nonce());
  assert.deepEqual(verify(first), { kind: 'proved', user: 'alice' });
  assert.deepEqual(verify(first), { kind: 'stale' });
  const later = credentials(nonce());
  clock.advance(302_000);
  assert.deepEqual(verify(later), { kind: 'stale' });
});

test('a nonce of a former life, an invented one and one that another source was given are stale, whoever is named and whatever is said (RFC 7616 §3.3, security S5)', () => {
  const { verify, nonce, auth } = setup(['MD5'], 2);
  for (const unknown of [setup(['MD5'], 1).nonce(), 'x', '0'.repeat(32), nonce('198.51.100.66')])
    for (const said of [{}, { password: 'guess' }, { user: 'nobody' }])
      assert.deepEqual(verify(credentials(unknown, said)), { kind: 'stale' });
  assert.deepEqual(auth.counts, { evaluated: 0, proved: 0, wrong: 0, stale: 12, delayed: 0 });
  assert.equal(auth.delays, 0);
});

test('credentials in forged datagrams, with a nonce that their sender invented or was given elsewhere, delay nobody (security S6)', () => {
  const { clock, verify, nonce, auth } = setup();
  for (let i = 0; i < 1_000; i++) {
    verify(credentials('x', { user: `u${i}` }));
    verify(credentials(nonce('198.51.100.66'), { user: 'alice', password: 'guess' }));
    clock.advance(50);
    if (i % 100 === 0) assert.deepEqual(verify(credentials(nonce())), { kind: 'proved', user: 'alice' });
  }
  assert.equal(auth.delays, 0);
});

test('credentials count for their method and their target only (RFC 7616 §3.4.3)', () => {
  const { verify, nonce } = setup();
  assert.deepEqual(verify(credentials(nonce(), { method: 'INVITE' })), { kind: 'wrong' });
  assert.deepEqual(verify(credentials(nonce(), { uri: 'sip:other.example' })), { kind: 'wrong' });
  assert.deepEqual(verify(credentials(nonce(), { uri: 'sip:bob@home.example' })), { kind: 'wrong' });
  assert.deepEqual(verify(credentials(nonce(), { uri: 'not a uri' })), { kind: 'wrong' });
});

test('a phone may repeat the Request-URI without its parameters or with the default port (RFC 8760 §2.6)', () => {
  const { verify, nonce } = setup();
  for (const uri of ['sip:home.example', 'sip:HOME.example:5060', 'sip:home.example;lr;transport=udp'])
    assert.deepEqual(verify(credentials(nonce(), { uri }), phone.host, 'sip:home.example;transport=udp').kind, 'proved', uri);
  assert.equal(verify(credentials(nonce(), { uri: 'sip:home.example:5061' })).kind, 'wrong');
});

test.each([
  ['qop auth-int', /qop=auth/, 'qop=auth-int'],
  ['no nonce count', /, nc=\d+/, ''],
  ['a short nonce count', /nc=0000/, 'nc='],
  ['no cnonce', /, cnonce="[^"]*"/, ''],
  ['an empty response', /response="[^"]*"/, 'response=""'],
  ['a short response', /response="..../, 'response="'],
  ['a response of other letters', /response="./, 'response="g'],
  ['no response', /response="[^"]*", /, ''],
  ['no username', /username="[^"]*", /, ''],
  ['no uri', /uri="[^"]*", /, ''],
  ['an unknown algorithm', /algorithm=MD5/, 'algorithm=MD5-sess'],
])('credentials with %s are refused and not evaluated (RFC 8760 §2.6, security S6)', (_what, from, to) => {
  const { verify, nonce, auth } = setup();
  const value = credentials(nonce()).replace(from, to);
  assert.deepEqual(verify(value), { kind: 'wrong' });
  assert.equal(auth.counts.evaluated, 0);
  assert.deepEqual(verify(credentials(nonce())), { kind: 'proved', user: 'alice' });
});

test('forms that phones differ in are all taken: quoted qop, capitals, no algorithm, odd spaces (RFC 7616 §3.4)', () => {
  const { verify, nonce } = setup();
  for (const change of [
    (value: string) => value.replace('qop=auth', 'qop="auth"'),
    (value: string) => value.replace('algorithm=MD5', 'algorithm="md5"'),
    (value: string) => value.replace(', algorithm=MD5', ''),
    (value: string) => value.replace('"alice"', '"al\\ice"').replace('realm=', 'Realm ='),
    (value: string) => value.replace(/, /g, ',\r\n  ').replace('Digest ', 'digest   '),
    (value: string) => value.replace(/response="([^"]*)"/, (_, hex: string) => `response="${hex.toUpperCase()}"`),
  ])
    assert.deepEqual(verify(change(credentials(nonce()))), { kind: 'proved', user: 'alice' });
});

test('10000 guesses in ten minutes are evaluated less than 50 times, and the phone elsewhere registers at once (security S6)', () => {
  const { clock, verify, nonce, auth, log } = setup();
  for (let i = 0; i < 10_000; i++) {
    verify(credentials(nonce('198.51.100.66'), { password: `guess${i}` }), '198.51.100.66');
    clock.advance(60);
  }
  assert.equal(auth.counts.evaluated, 19);
  assert.deepEqual(verify(credentials(nonce('198.51.100.66')), '198.51.100.66'), { kind: 'delayed' });
  assert.deepEqual(verify(credentials(nonce()), '192.0.2.7'), { kind: 'proved', user: 'alice' });
  assert.equal(log.of('notice').length, 19);
  assert.equal(log.of('notice')[4], 'wrong credentials for "alice" from 198.51.100.66: the next are not looked at for 1 s');
});

test('the log names who sent wrong credentials, and from where, the first time: Twinkle tries no second time (house §8)', () => {
  const { verify, nonce, log } = setup();
  assert.equal(verify(credentials(nonce(), { password: 'mistyped' })).kind, 'wrong');
  assert.deepEqual(log.of('notice'), ['wrong credentials for "alice" from 192.0.2.7']);
});

test('the log tells a name that is mistyped, or has no password yet, from a password that is, and nobody else is told (house §8, security S5)', () => {
  const { verify, nonce, log } = setup();
  const answers = ['Alice', 'nobody', 'alice'].map((user) => verify(credentials(nonce(), { user, password: 'mistyped' })));
  assert.deepEqual(answers, [{ kind: 'wrong' }, { kind: 'wrong' }, { kind: 'wrong' }]);
  assert.deepEqual(log.of('notice'), [
    'wrong credentials for "Alice", who has no password here, from 192.0.2.7',
    'wrong credentials for "nobody", who has no password here, from 192.0.2.7',
    'wrong credentials for "alice" from 192.0.2.7',
  ]);
});

test('the log says whose extension it is that a phone was given as its user name, for no password is right with that (house §8, RFC 7616 §3.4.2)', () => {
  const { verify, nonce, log } = setup();
  assert.deepEqual(verify(credentials(nonce(), { user: '201' })), { kind: 'wrong' });
  assert.deepEqual(log.of('notice'), [
    'wrong credentials for "201", which is the extension of alice and no user name, from 192.0.2.7',
  ]);
});

test('a phone that was mistyped four times and then proved begins anew (security S6)', () => {
  const { verify, nonce, auth } = setup();
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 4; i++) verify(credentials(nonce(), { password: 'guess' }));
    assert.equal(verify(credentials(nonce())).kind, 'proved');
  }
  assert.equal(auth.counts.delayed, 0);
});

test('guesses over many names from one source are evaluated less than 50 times too (security S6)', () => {
  const { clock, verify, nonce, auth } = setup();
  for (let i = 0; i < 10_000; i++) {
    verify(credentials(nonce('198.51.100.66'), { user: `u${i}` }), '198.51.100.66');
    clock.advance(60);
  }
  assert.equal(auth.counts.evaluated, 34);
});

test('no digest, nonce or password is ever in the log (security S27)', () => {
  const { verify, nonce, log } = setup();
  for (let i = 0; i < 30; i++) verify(credentials(nonce(), { user: 'm\x1b[31m', password: 'canary' }));
  assert.notEqual(log.lines.length, 0);
  assert.notMatch(log.lines.join('\n'), /canary|[0-9a-f]{16}|\x1b/);
});

test('which of our own names and addresses the credentials repeat does not count: SIPp signs the bare address that it sends to', () => {
  const { nonce, verify } = setup();
  assert.deepEqual(verify(credentials(nonce(), { uri: 'sip:10.0.0.1:5060' })), { kind: 'proved', user: 'alice' });
  assert.deepEqual(verify(credentials(nonce(), { uri: 'sip:10.0.0.1:5070' })), { kind: 'wrong' });
  assert.deepEqual(verify(credentials(nonce(), { uri: 'sip:bob@10.0.0.1' })), { kind: 'wrong' });
});
