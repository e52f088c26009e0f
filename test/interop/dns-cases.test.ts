import { expect } from 'vitest';
import { needs } from '../support/program.ts';
import { type Played, play } from '../support/stage.ts';

// The 30 cases of RFC 3263 and its neighbours, D01 to D30, against the daemon as it is shipped: a stub name server, real sockets. What each
// domain publishes, and what its servers do, is in test/support/dns-cases. A case of that list is called and then looked at.

let played: Promise<Played> | undefined;

/** Defines a case; `expected` is what it must have come to. All are played at once, by whichever is looked at first. */
function check(id: string, what: string, expected: unknown): void {
  needs('netns', 'ip', 'openssl')(
    `${id}: ${what}`,
    async () => {
      played ??= play('../support/dns-stage.ts', 100);
      const { said, logs } = await played;
      expect(said.error, logs).toBe(undefined);
      expect(said[id]).toEqual(expected);
    },
    120_000,
  );
}

const within = (least: number, most: number) => expect.toSatisfy((value: number) => value >= least && value <= most);
const soon = within(0, 999);

/** What is asked for a name that leaves everything open. */
const all = (name: string, host = name) =>
  [
    ...[`A ${host}`, `AAAA ${host}`, `NAPTR ${name}`],
    ...['_sip._tcp', '_sip._udp', '_sips._tcp'].map((service) => `SRV ${service}.${name}`),
  ].sort();

check('D01', 'a number is called by UDP without a question (RFC 3263 §4.1)', {
  status: 200,
  got: ['udp 192.0.2.1:5060 INVITE sip:u@192.0.2.1'],
  asked: [],
});
check('D02', 'a sips URI of a number is called by TLS at 5061, and never in clear (RFC 3263 §4.1)', {
  status: 200,
  got: ['tls 192.0.2.2:5061 INVITE sips:u@192.0.2.2'],
  asked: [],
});
check('D03', 'a port leaves nothing to ask but addresses (RFC 3263 §4.1)', {
  status: 200,
  got: ['udp 192.0.2.3:5080 INVITE sip:u@d03.test:5080'],
  asked: ['A d03.test', 'AAAA d03.test'],
});
check('D04', 'a transport leaves its own SRV records to ask (RFC 3263 §4.1)', {
  status: 200,
  got: ['tcp 192.0.2.4:5070 INVITE sip:u@d04.test;transport=tcp'],
  asked: ['A host.d04.test', 'AAAA host.d04.test', 'SRV _sip._tcp.d04.test'],
});
check('D05', 'the order of NAPTR records is the order of transports (RFC 3263 §4.1)', [
  'tls 192.0.2.5:5061 INVITE sip:u@d05-0.test',
  'tcp 192.0.2.5:5060 INVITE sip:u@d05-1.test',
  'udp 192.0.2.5:5060 INVITE sip:u@d05-2.test',
]);
check('D06', 'NAPTR records of services that we do not speak are as none (RFC 3263 §4.1)', {
  status: 200,
  got: ['udp 192.0.2.6:5066 INVITE sip:u@d06.test'],
  asked: all('d06.test', 'host.d06.test'),
});
check('D07', 'without NAPTR the SRV records say which transports there are, and TLS is the best (RFC 3263 §4.1)', {
  status: 200,
  got: ['tls 192.0.2.7:5073 INVITE sip:u@d07.test'],
  asked: all('d07.test', 'host.d07.test'),
});
check('D08', 'without NAPTR and SRV it is UDP at 5060 (RFC 3263 §4.2)', {
  status: 200,
  got: ['udp 192.0.2.8:5060 INVITE sip:u@d08.test'],
  asked: all('d08.test'),
});
check('D09', 'a host with an IPv6 address alone is called from ours (RFC 3263 §4.2)', {
  status: 200,
  got: ['udp [2001:db8::9]:5060 INVITE sip:u@d09.test'],
  via: 'SIP/2.0/UDP [fd00::1]:5060',
});
check('D10', 'of a thousand requests a share of 60 % goes to the weight 60 of 100, and none to a later priority (RFC 2782)', [
  within(560, 640),
  within(360, 440),
  0,
]);
check('D11', 'beside a weight of 1 the weight 0 is chosen like it, beside 99 rarely, and each choice ends (RFC 2782)', {
  'beside 1': [within(60, 140), within(60, 140)],
  'beside 99': [within(0, 12), within(188, 200)],
});
check('D12', 'a service whose target is the root is not there: the next transport, or 404 (RFC 2782)', {
  next: 200,
  none: 404,
  got: ['tcp 192.0.2.13:5060 INVITE sip:u@d12.test'],
  root: [],
});
check('D13', 'a closed port leads to the next server at once, by ICMP and by RST (RFC 3263 §4.3)', {
  icmp: [200, soon],
  rst: [200, soon],
  got: ['udp 192.0.2.130:5060 INVITE sip:u@d13.test', 'tcp 192.0.2.130:5060 INVITE sip:u@d13-tcp.test;transport=tcp'],
});
check(
  'D14',
  'a black hole leads to the next server within 2 s, with a branch of its own, and is last the next time (RFC 3263 §4.3)',
  {
    status: 200,
    ms: within(1_000, 2_000),
    second: [200, soon],
    branches: 2,
    got: ['udp 192.0.2.131:5060 INVITE sip:u@d14.test', 'udp 192.0.2.131:5060 INVITE sip:u@d14.test'],
    'to the hole': 2,
  },
);
check('D15', 'a 503 leads to the next server, the caller never sees it, and Retry-After is kept (RFC 3263 §4.3)', {
  told: [200, 200],
  first: ['udp 192.0.2.32:5060 INVITE sip:u@d15.test'],
  second: ['udp 192.0.2.132:5060 INVITE sip:u@d15.test', 'udp 192.0.2.132:5060 INVITE sip:u@d15.test'],
});
check('D16', 'where all servers answer 503 the caller is told 500 (RFC 3261 §16.7)', {
  status: 500,
  got: ['udp 192.0.2.33:5060 INVITE sip:u@d16.test', 'udp 192.0.2.133:5060 INVITE sip:u@d16.test'],
});
check('D17', 'a response whose connection and server are gone finds the other server of the name in the Via (RFC 3263 §5)', {
  got: ['tcp 192.0.2.134:5060 486 INVITE'],
  branch: 'z9hG4bKd17',
});
check('D18', 'CANCEL and ACK go to the server that their INVITE went to (RFC 3263 §4)', {
  methods: [['INVITE', 'CANCEL', 'ACK']],
  branches: 1,
});
check('D19', 'within its TTL an answer is not asked for again, after it is (RFC 1035 §3.2.1)', [1, 1, 2]);
check('D20', 'a name that is not there is answered 404 at once, and known for as long as its zone says (RFC 2308)', {
  calls: [
    [404, soon],
    [404, soon],
    [404, soon],
  ],
  again: [false, false, true],
});
check(
  'D21',
  'a name server that fails, refuses, is silent or gone costs a 504 with a reason within 5 s, until it is well again',
  {
    calls: [
      [504, soon],
      [504, soon],
      [504, within(0, 5_000)],
    ],
    warned: [true, true, true, true],
    recovered: [200, 200, 200],
    dead: [504, soon],
    restarted: 200,
  },
);
check('D22', 'an answer that was cut off is asked for by TCP (RFC 7766 §5)', {
  status: 200,
  got: ['udp 192.0.2.22:5060 INVITE sip:u@d22.test'],
  'by TCP': true,
});
check('D23', 'aliases are followed, and a loop of them ends at once (RFC 1034 §3.6.2)', {
  chain: 200,
  got: ['udp 192.0.2.23:5060 INVITE sip:u@d23.test'],
  loop: [504, soon],
  asked: within(4, 12),
});
check('D24', 'where one family is dead the other rings within 2 s (RFC 6157 §3.1)', {
  calls: [
    [200, within(0, 2_000)],
    [200, within(0, 2_000)],
  ],
  got: ['udp [2001:db8::24]:5060 INVITE sip:u@d24-four.test', 'udp 192.0.2.25:5060 INVITE sip:u@d24-six.test'],
});
check('D25', 'a name of a stranger leads nobody to what only we can reach, a user at most to a neighbour (security S21)', {
  moved: 302,
  asked: 0,
  strangers: [],
  bye: ['403 BYE'],
  user: 200,
  neighbour: [expect.stringMatching(/^(?:udp|tcp) 10\.0\.0\.99:5060 INVITE sip:u@d25\.test$/)],
});
check('D26', 'capitals and the dot of the root are the same name', {
  status: 200,
  got: ['udp 192.0.2.26:5060 INVITE sip:u@D26.Test.'],
  asked: all('d26.test', 'host.d26.test'),
});
check('D27', 'a certificate is for the domain, not for the host that SRV leads to (RFC 5922 §4)', {
  'd27-host.test': {
    status: 500,
    got: [],
    warning: expect.stringMatching(/certificate .* is for DNS:host\.other\.test; d27-host\.test was wanted/),
  },
  'd27-domain.test': { status: 200, got: ['tls 192.0.2.127:5061 INVITE sip:u@d27-domain.test'], warning: '' },
});
check('D28', 'other letters are asked for as A-labels, and dialed as they were typed (RFC 5890 §2.3.2.1)', {
  status: 200,
  got: ['udp 192.0.2.28:5060 INVITE sip:u@b\xc3\xbccher.test'],
  asked: all('xn--bcher-kva.test', 'host.xn--bcher-kva.test'),
});
check('D29', 'a sips URI never leaves by UDP, whatever the domain offers (RFC 3263 §4.1)', { status: 500, got: [] });
check('D30', 'another resolv.conf is another name server, from the next call on', {
  before: 404,
  after: 200,
  got: ['udp 192.0.2.230:5060 INVITE sip:u@d30.test'],
  old: 0,
});
