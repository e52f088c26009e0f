import { expect, test } from 'vitest';
import { statusText } from '../../../src/control/cli/commands/status.ts';
import { FileControl } from '../../../src/control/cli/files.ts';
import { main } from '../../../src/control/cli/main.ts';
import type { Passed } from '../../../src/control/cli/reach.ts';
import { Secrets } from '../../../src/core/account/secrets.ts';
import { Traffic } from '../../../src/core/call/traffic.ts';
import { FileError } from '../../../src/runtime/files.ts';
import { ha1 } from '../../../src/sip/auth/digest.ts';
import { HOUSE } from '../../support/desk.ts';
import { SimClock } from '../../support/sim-clock.ts';
import { SimMachine } from '../../support/sim-machine.ts';
import { SimRandom } from '../../support/sim-random.ts';
import { SimResolver } from '../../support/sim-resolver.ts';
import { SimStorage } from '../../support/sim-storage.ts';
import { SimTerminal, surroundingsOf } from '../../support/sim-terminal.ts';

const CONFIG = '/home/alice/.config/sipwitch';
const STATE = '/home/alice/.local/state/sipwitch';

/** Runs sipwitchctl on files in memory. */
class Shell {
  readonly storage = new SimStorage();
  readonly texts = new Map([[`${CONFIG}/sipwitch.conf`, HOUSE]]);
  readonly unreadable = new Set<string>();
  /** The words of the system for why. */
  denial = 'permission denied';
  readonly secrets = new Secrets(this.storage, new SimClock(), 'home.example');
  readonly machine = new SimMachine();
  /** The login name. */
  login = 'alice';
  /** What the name service knows. */
  zone = '';
  /** What happens while a change waits for its turn; whether that comes. */
  turn = () => true;
  /** What is at a path, as the person sees it. */
  kindOf = surroundingsOf().kindOf;
  passed: Passed = {};
  /** The buses that were asked for. */
  readonly buses: (string | undefined)[] = [];

  async run(args: string, terminal = new SimTerminal()) {
    const { storage, secrets, texts, unreadable, denial, buses, machine, login, turn, passed, kindOf } = this;
    const clock = new SimClock();
    const files = {
      read: (path: string) => {
        if (unreadable.has(path)) throw new FileError(path, denial, undefined, true);
        return texts.get(path) ?? (path.startsWith(STATE) ? storage.read(path.slice(STATE.length + 1)) : undefined);
      },
      list: (folder: string) =>
        folder.startsWith(STATE)
          ? storage.list(folder.slice(STATE.length + 1))
          : [...texts.keys()].filter((path) => path.startsWith(`${folder}/`)).map((path) => path.slice(folder.length + 1)),
    };
    const words = (args.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', ''));
    const code = await main(words, {
      ...{
        version: '1.2.3',
        terminal,
        surroundings: { ...surroundingsOf({}, 1000, login), kindOf },
        files,
        clock,
        random: new SimRandom(),
      },
      host: machine,
      openResolver: () => new SimResolver(clock, this.zone),
      async reach(bus, { config, state, service, named, askOnly }) {
        buses.push(bus);
        const setting = { config, state, hostName: 'desk', service, presets: '/usr/share/sipwitch/providers' };
        return new FileControl({
          files,
          setting,
          storage,
          openSecrets: () => secrets,
          keepRealm: async () => undefined,
          awaitTurn: async () => (turn() ? () => {} : undefined),
          daemon: () => machine.stateHolder(state),
          passed,
          named,
          askOnly,
          clock,
          interfaces: () => machine.interfaces(),
        });
      },
    });
    return { code, out: terminal.printed, err: terminal.said, asked: terminal.asked };
  }
}

const UNHEARD = 'note: no daemon was asked; one that runs on these files hears of this at its next reload\n';

const refused = (code: number, err: string | RegExp) => ({ code, out: '', err: expect.stringMatching(err), asked: [] });

test('who has no house on a machine that has one is told how to start that, and makes none by a slip', async () => {
  const shell = new Shell();
  shell.kindOf = () => 'absent';
  const down =
    'sipwitchctl: the exchange of this machine does not answer; "systemctl start sipwitch" starts it, "journalctl -u sipwitch" says why it does not run; "sipwitchd" starts one of your own\n';
  const terminal = () => new SimTerminal({ piped: 'secret\n' });
  for (const args of [
    ...['user add bob', 'user import -', 'passwd bob --stdin', 'state set night on', 'provider remove acme'],
    ...['status', 'user list', 'config check', 'route explain bob', 'dns records'],
  ])
    expect(await shell.run(args, terminal())).toEqual({ code: 69, out: '', err: down, asked: [] });
  expect(shell.storage.files.size).toBe(0);
  const { code, out } = await shell.run('doctor');
  expect([code, out]).toEqual([1, expect.stringMatching(/^WRONG {2}daemon +the exchange of this machine does not answer$/m)]);
  shell.kindOf = (path) => (path === STATE ? 'folder' : 'absent');
  expect(await shell.run('user add dave')).toMatchObject({ code: 0 });
});

test('a password is asked for twice and not shown', async () => {
  const shell = new Shell();
  const { code, asked, out } = await shell.run('passwd', new SimTerminal({ answers: ['secret', 'secret'] }));
  expect([code, out, asked]).toEqual([0, '', ['New SIP password of alice: ', 'Once more: ']]);
  expect(shell.secrets.ha1('alice', 'SHA-256')).toHaveLength(1);
});

test('nobody types a password for a user or a preset that there is not', async () => {
  const shell = new Shell();
  shell.texts.set('/usr/share/sipwitch/providers/acme.conf', '[preset acme]\nregistrar = sip:acme.example\n');
  const typing = () => new SimTerminal({ answers: ['secret', 'secret'] });
  expect(await shell.run('passwd bobb', typing())).toEqual(refused(1, /: there is no user bobb; did you mean bob\?\n$/));
  expect(await shell.run('provider add acne --user u', typing())).toEqual(
    refused(1, /: there is no preset acne; did you mean acme\?\n$/),
  );
  expect(await shell.run('provider add acme --user u', typing())).toMatchObject({
    code: 0,
    asked: ['Password of u at the provider: '],
  });
});

test('what is changed in the files alone says so, and what is only looked at or refused does not', async () => {
  const shell = new Shell();
  const said = async (args: string, piped = '') => (await shell.run(args, new SimTerminal({ piped }))).err;
  shell.texts.set('/usr/share/sipwitch/providers/acme.conf', '[preset acme]\nregistrar = sip:acme.example\n');
  for (const args of ['user add dave', 'user remove dave', 'provider add acme --user u --stdin', 'provider remove acme'])
    expect((await said(args, 'secret\n')).endsWith(`\n${UNHEARD}`)).toBe(true);
  expect(await said('passwd bob --stdin', 'secret\n')).toMatch(/^The password .*\nnote: no daemon was asked; .* in a second\n$/);
  for (const args of ['user list', 'user show bob', 'state list', 'config check', 'route explain bob', 'user remove nobody'])
    expect(await said(args)).not.toContain('no daemon was asked');
});

test('standard input and files are read so far, and what is longer changes nothing', async () => {
  const shell = new Shell();
  const piped = (piped: string) => new SimTerminal({ piped });
  shell.texts.set('/cwd/many.csv', `x,y\n${' '.repeat(1 << 24)}`);
  expect(await shell.run('passwd bob --stdin', piped('x'.repeat(100_000)))).toEqual(refused(1, /is too long for a password\n$/));
  expect(await shell.run('user import -', piped(`x,y\n${' '.repeat(1 << 24)}`))).toEqual(
    refused(1, /^sipwitchctl: standard input is longer than 16 MB; import it in parts\n$/),
  );
  expect(await shell.run('user import many.csv')).toEqual(
    refused(1, /^sipwitchctl: \/cwd\/many.csv is longer than 16 MB; import it in parts\n$/),
  );
});

test('a change without a daemon looks at the files when it is its turn', async () => {
  const shell = new Shell();
  shell.turn = () => {
    shell.texts.set('/home/alice/.config/sipwitch/sipwitch.conf.d/dave.conf', '[user dave]\nextension = 299\n');
    return true;
  };
  expect(await shell.run('user add erin --extension 299')).toEqual(refused(1, /299 is the extension of \[user dave\] already/));
  shell.turn = () => false;
  expect(await shell.run('user add erin --extension 298')).toEqual(
    refused(1, /^sipwitchctl: another program is changing the files of [^ ]+; nothing is changed; try again\n$/),
  );
  expect((await shell.run('user list')).out).not.toContain('erin');
});

test('a password that was typed in two ways, or not at all, changes nothing', async () => {
  const shell = new Shell();
  const empty = 'nothing was typed, and nothing is changed';
  for (const [answers, said] of [
    [['a', 'b'], 'the two are not the same, and nothing is changed; try again'],
    [[''], empty],
    [['a', ''], empty],
    // Who gives up in the middle has typed something.
    [[undefined], 'nothing is changed'],
    [['a', undefined], 'nothing is changed'],
  ] as const)
    expect(await shell.run('passwd', new SimTerminal({ answers }))).toMatchObject({ code: 1, err: `sipwitchctl: ${said}\n` });
  for (const [answer, said] of [
    [undefined, 'nothing is changed'],
    ['', empty],
  ] as const)
    expect(await shell.run('provider add acme --user u', new SimTerminal({ answers: [answer] }))).toMatchObject({
      code: 1,
      err: `sipwitchctl: ${said}\n`,
    });
  expect(shell.secrets.ha1('alice', 'MD5')).toEqual([]);
});

test('a password is taken from the first line of standard input', async () => {
  const shell = new Shell();
  expect((await shell.run('passwd bob --stdin', new SimTerminal({ piped: ' pass word \nmore\n' }))).code).toBe(0);
  expect(shell.secrets.ha1('bob', 'SHA-256')).toEqual([ha1('SHA-256', 'bob', 'home.example', ' pass word ')]);
  expect(await shell.run('passwd bob --stdin', new SimTerminal({ piped: '\n' }))).toEqual(refused(1, /holds no password/));
});

test('what is no text is refused in a sentence, wherever it is read from, and nothing is changed', async () => {
  const shell = new Shell();
  shell.texts.set('/cwd/users.csv', 'dave,secret\nerin,se\0cret\n');
  const provider = 'provider add easybell --user 2';
  const piped = (piped: string) => new SimTerminal({ piped });
  const runs = [
    await shell.run('passwd bob --stdin', piped('a\0b\n')),
    await shell.run('passwd bob --stdin', piped('a\ufffdb\n')),
    await shell.run(`${provider} --stdin`, piped('a\0b\n')),
    await shell.run('user import -', piped('dave,secret\nerin,\ufffd\n')),
    await shell.run('user import users.csv'),
    await shell.run('passwd bob', new SimTerminal({ answers: ['a\0b', 'a\0b'] })),
    await shell.run(provider, new SimTerminal({ answers: ['a\0b'] })),
  ];
  expect(runs.map(({ code, out, err }) => [code, out, err])).toEqual(
    [
      'the password: expected no control characters',
      'the password: expected UTF-8 text',
      'the password: expected no control characters',
      'line 2 of standard input: expected UTF-8 text',
      'line 2 of /cwd/users.csv: expected no control characters',
      'the password: expected no control characters',
      'the password: expected no control characters',
    ].map((why) => [1, '', `sipwitchctl: ${why}; nothing is changed\n`]),
  );
  expect(shell.storage.files.size).toBe(0);
});

test('a random password is printed alone on a line', async () => {
  const { code, out } = await new Shell().run('passwd bob --random');
  expect(code).toBe(0);
  expect(out).toMatch(/^[a-z2-9]{5}-[a-z2-9]{5}-[a-z2-9]{5}\n$/);
});

test('nobody is asked where there is no terminal', async () => {
  expect(await new Shell().run('passwd bob')).toEqual(refused(2, /give --stdin or --random/));
  expect(await new Shell().run('passwd bob --stdin --random')).toEqual(refused(2, /exclude each other/));
});

test('users are made, changed, shown, listed and removed', async () => {
  const shell = new Shell();
  expect(await shell.run('user add dave --extension 204 --display "Dave B"')).toMatchObject({
    code: 0,
    err: expect.stringMatching(/passwd dave/),
  });
  expect(await shell.run('user set dave dnd yes')).toMatchObject({ code: 0, err: `dave: dnd = yes\n${UNHEARD}` });
  await shell.run('user set dave forward_unreachable alice');
  expect((await shell.run('user show dave')).out).toBe(
    [
      'name                 dave',
      'extension            204',
      'display              Dave B',
      'dnd                  yes',
      'forward_unreachable  alice',
      'password             none: "sipwitchctl passwd dave" sets it',
      '',
    ].join('\n'),
  );
  await shell.run('user set dave display ""');
  expect((await shell.run('user show dave')).out).toContain('\ndisplay              at its default\n');
  await shell.run('user set dave display "Dave B"');
  expect((await shell.run('user list')).out).toBe(
    [
      'NAME   EXTENSION  DISPLAY  PHONES  PASSWORD  STATE',
      'alice  201        -        0       none      published',
      'bob    202        -        0       none      published',
      'carol  203        -        0       none      -',
      'dave   204        Dave B   0       none      do not disturb',
      '',
    ].join('\n'),
  );
  expect(JSON.parse((await shell.run('user show dave --json')).out)).toEqual({
    name: 'dave',
    settings: { extension: '204', display: 'Dave B', dnd: 'yes', forward_unreachable: 'alice' },
    passwords: [],
  });
  expect((await shell.run('user remove dave')).code).toBe(0);
  expect(await shell.run('user remove dave')).toEqual(refused(1, /there is no user dave; "sipwitchctl user add dave" makes it/));
  expect([...shell.storage.files.keys()]).toEqual([]);
});

test('a value that the configuration refuses is refused, and nothing is written', async () => {
  const shell = new Shell();
  expect(await shell.run('user set alice extension 999')).toEqual(refused(1, /expected an extension in 200-699/));
  expect(await shell.run('user set alice extension 202')).toEqual(
    refused(1, /: \[user alice\] extension: 202 is the extension of \[user bob\] already \(sipwitch\.conf:11\)\n$/),
  );
  expect(await shell.run('user set alice nonsense 1')).toEqual(refused(1, /is no key of a user/));
  expect(shell.storage.files.size).toBe(0);
});

test('of two that exclude each other the new one is refused, with the place of the one that is there', async () => {
  const shell = new Shell();
  shell.texts.set(`${CONFIG}/sipwitch.conf`, `${HOUSE}[user 555]\n[group kitchen]\nmembers = bob\n`);
  await shell.run('user add zoe --extension 300');
  for (const [args, said] of [
    ['user add dave --extension 555', '[user dave] extension: 555 is the name of [user 555] (sipwitch.conf:15)'],
    ['user set alice extension 555', '[user alice] extension: 555 is the name of [user 555] (sipwitch.conf:15)'],
    ['user add 201', '[user 201]: 201 is the extension of [user alice] (sipwitch.conf:8)'],
    ['user add kitchen', '[user kitchen]: there is [group kitchen] too (sipwitch.conf:16)'],
    // Its file comes before that of zoe.
    [
      'user add dave --extension 300',
      `[user dave] extension: 300 is the extension of [user zoe] already (${STATE}/conf.d/user-zoe.conf:3)`,
    ],
  ] as const)
    expect(await shell.run(args)).toMatchObject({ code: 1, err: `sipwitchctl: ${said}\n` });
});

test('who still calls a user that is removed is told, and so is who calls a number that nobody has any more', async () => {
  const shell = new Shell();
  await shell.run('user add dave --extension 204');
  const kitchen = (members: string) =>
    shell.texts.set(`${CONFIG}/sipwitch.conf`, `${HOUSE}[group kitchen]\nmembers = ${members}\n`);
  kitchen('bob, dave');
  expect(await shell.run('user remove dave')).toEqual(
    refused(
      1,
      /: dave is not removed, for this would be wrong then:\n {2}\[group kitchen\] members: there is no user or group dave\n$/,
    ),
  );
  kitchen('bob, 204, 299');
  const gone = `note: ${CONFIG}/sipwitch.conf:16: [group kitchen] members: nobody has extension 204\n`;
  expect((await shell.run('user set dave extension 205')).err).toBe(`${gone}dave: extension = 205\n${UNHEARD}`);
  await shell.run('user set dave extension 204');
  expect(await shell.run('user remove dave')).toMatchObject({ code: 0, err: `${gone}dave is removed.\n${UNHEARD}` });
});

test('what a person wrote in a drop-in wins, and who changes it elsewhere is told where', async () => {
  const shell = new Shell();
  shell.texts.set(`${CONFIG}/sipwitch.conf.d/50.conf`, '[user alice]\ndnd = no\n');
  expect(await shell.run('user set alice dnd yes')).toEqual(
    refused(1, /dnd of alice is set in .*sipwitch\.conf\.d\/50\.conf:2, which wins; change it there/),
  );
  expect((await shell.run('user set alice display Alice')).code).toBe(0);
});

test('an import is all or nothing, and a user without a password may be among it', async () => {
  const shell = new Shell();
  shell.texts.set('/cwd/users.csv', 'alice,pw\nu1,pw1,301,"One, first"\nu2,pw2\n');
  expect(await shell.run('user import users.csv --set published=yes')).toMatchObject({
    code: 0,
    err: `3 users are imported.\n${UNHEARD}`,
  });
  expect((await shell.run('user show u1')).out).toContain(
    'extension            301\ndisplay              One, first\npublished            yes\n',
  );
  expect(await shell.run('user import users.csv')).toEqual(
    refused(1, /nothing was imported:\n {2}line 1: alice: there is such a user/),
  );
  shell.texts.set('/cwd/more.csv', 'u3,pw\nu4\n');
  expect(await shell.run('user import more.csv')).toEqual(refused(1, /line 2: expected name,password/));
  expect(await shell.run('user import none.csv')).toEqual(refused(1, /there is no file \/cwd\/none\.csv/));
  expect(await shell.run('user import users.csv --set published')).toEqual(refused(2, /expected KEY=VALUE/));
  expect((await shell.run('user list --json')).out.match(/"name"/g)).toHaveLength(5);
});

test('who is logged in and no user here is told how to name one, not to become one', async () => {
  const shell = new Shell();
  shell.login = 'root';
  expect(await shell.run('route explain 201')).toEqual(
    refused(
      1,
      /logged in as root, and there is no user root; "--from USER" says who calls, "--anonymous" that it is none of ours\n$/,
    ),
  );
  expect(await shell.run('passwd --random')).toEqual(
    refused(1, /logged in as root, and there is no user root; "sipwitchctl passwd NAME" sets the password of NAME\n$/),
  );
  expect((await shell.run('route explain 201 --from nosuch')).err).toMatch(/: there is no user nosuch; /);
  expect((await shell.run('passwd nosuch --random')).err).toMatch(/: there is no user nosuch; /);
  for (const who of ['--from bob', '--anonymous', '--source 192.0.2.1'])
    expect(await shell.run(`route explain 201 ${who}`)).toMatchObject({ code: 0, err: '' });
});

test('config check prints every problem, and its exit code says whether there are errors', async () => {
  const shell = new Shell();
  expect(await shell.run('config check')).toMatchObject({ code: 0, out: 'No problems.\n' });
  expect(await shell.run('--config nix config check')).toMatchObject({
    out: 'No problems. There is no sipwitch.conf in /cwd/nix.\n',
  });
  shell.unreadable.add('/cwd/secret/sipwitch.conf');
  expect(await shell.run('--config secret config check')).toMatchObject({
    code: 78,
    out: '/cwd/secret/sipwitch.conf: error: cannot be read: permission denied\n1 error.\n',
  });
  shell.texts.set(`${CONFIG}/sipwitch.conf`, `${HOUSE}extensio = 1\n`);
  expect(await shell.run('config check')).toEqual({
    code: 78,
    err: '',
    out: expect.stringMatching(
      /^\/home\/alice\/\.config\/sipwitch\/sipwitch\.conf:\d+:1: error: \[user carol\] extensio\n.*\n.*did you mean extension\?\n1 error\.\n$/,
    ),
    asked: [],
  });
  expect(await shell.run('passwd bob --random')).toEqual(
    refused(78, /the configuration cannot be used:\n.*sipwitch\.conf:\d+:1: error/),
  );
});

test('config show prints what is written, or every key with its default', async () => {
  const shell = new Shell();
  expect((await shell.run('config show')).out).toContain('[user alice]\nextension = 201\npublished = yes\n');
  expect((await shell.run('config show --defaults')).out).toContain('extensions = 200-699\n');
});

test('nothing is changed while a file of the configuration cannot be read, and that file is named without a line', async () => {
  const shell = new Shell();
  shell.texts.set(`${CONFIG}/sipwitch.conf.d/50.conf`, '');
  shell.unreadable.add(`${CONFIG}/sipwitch.conf.d/50.conf`);
  const why = `${CONFIG}/sipwitch.conf.d/50.conf cannot be read: permission denied`;
  expect((await shell.run('provider remove acme')).err).toBe(
    `sipwitchctl: nothing is changed while ${why}; "sipwitchctl config check" shows what to mend\n`,
  );
});

test('config show is no listing: --json is refused, and not passed over', async () => {
  for (const words of ['config show --json', 'config show --defaults --json'])
    expect(await new Shell().run(words)).toEqual(refused(2, /^sipwitchctl: config show prints the text .*: leave out --json\n$/));
});

test('route explain numbers the steps and ends with the decision', async () => {
  const { out } = await new Shell().run('route explain 202');
  expect(out.split('\n').at(-2)).toBe('=> reject: 480 Temporarily Unavailable');
  expect(out).toMatch(/^Caller {3}the user alice\nSteps {4}1\. home\.example is our domain/);
  const abroad = JSON.parse((await new Shell().run('route explain x@away.example --json')).out);
  expect(abroad.targets).toMatchObject([{ when: 'first', kind: 'domain', why: 'no daemon runs, which would look it up' }]);
  expect((await new Shell().run('route explain bob --source 192.0.2.1')).out).toMatch(
    /^Caller {3}anonymous\nSource {3}no daemon runs/,
  );
  expect(await new Shell().run('route explain bob --source example.org')).toEqual(refused(1, /is no address/));
  expect(await new Shell().run('route explain bob --method in,vite')).toEqual(refused(2, /Expected a SIP method/));
  expect((await new Shell().run('route explain 202 --anonymous')).out).toContain('=> reject: 404 Not Found');
  expect((await new Shell().run('route explain 202 --from nobody')).code).toBe(1);
  expect(await new Shell().run('route explain 202 --from bob --anonymous')).toEqual(refused(2, /exclude each other/));
  expect(await new Shell().run('route explain "sip:a b"')).toEqual(refused(1, /cannot be called: expected a name/));
});

test.each([
  'status',
  'phone list',
  'call list',
  'call history',
  'reload',
  'debug bindings',
  'debug transactions',
  'debug counts',
  'debug dialogs',
  'debug timers',
  'debug dns',
  'trace',
])('"%s" without a daemon says how to get one', async (command) => {
  expect(await new Shell().run(command)).toEqual(refused(69, /no daemon answers; "sipwitchd" starts it/));
});

test('a daemon that runs on these files is not to be started: it hangs, or has no bus', async () => {
  const shell = new Shell();
  shell.machine.states.set(STATE, 'sipwitchd (pid 11)');
  const has = `sipwitchd (pid 11) has the files of ${STATE}`;
  const hup = 'with "--bus none" nobody can ask it, and "kill -HUP" has it read its files again';
  expect((await shell.run('status')).err).toBe(
    `sipwitchctl: no daemon answers: ${has}, and no bus of it is found; ${hup}; otherwise end it, and start it again\n`,
  );
  shell.passed = { silent: 'a program listens at unix:path=/x, and says nothing' };
  expect((await shell.run('status')).err).toBe(
    `sipwitchctl: no daemon answers: ${shell.passed.silent}; ${has}; if it hangs its log may say why: end it, and start it again\n`,
  );
});

test('where the daemon that answers has other folders, and where the files are those of the service, it is said what to do', async () => {
  const shell = new Shell();
  const silent = 'a program listens at unix:path=/x, and says nothing';
  const err = async (passed: Passed, args = 'status') => {
    shell.passed = passed;
    return (await shell.run(args)).err;
  };
  expect(await err({ silent })).toBe(`sipwitchctl: no daemon answers: ${silent}; its log may say why\n`);
  const other = '--config /c --state /s';
  const own = `"sipwitchd --config ${CONFIG} --state ${STATE}"`;
  expect(await err({ other })).toBe(
    `sipwitchctl: no daemon of these folders answers; the one that does has others: ask it by "${other}", or start ${own}\n`,
  );
  expect((await err({ other }, 'user add dave')).split('\n')[1]).toBe(
    `${UNHEARD.trimEnd()}; the one that answers has other folders, ${other}`,
  );
  shell.login = '_sipwitch';
  expect(await err({})).toBe(
    'sipwitchctl: no daemon answers; "systemctl start sipwitch" starts it, "journalctl -u sipwitch" says why it does not run, "--bus" says where it is\n',
  );
  shell.machine.states.set('/var/lib/sipwitch', 'sipwitchd (pid 11)');
  expect(await err({ silent })).toMatch(/; if it hangs its log may say why: "systemctl restart sipwitch"\n$/);
});

test('where --bus none says to ask no daemon, none is looked for, and none said to be lost', async () => {
  const shell = new Shell();
  shell.machine.states.set(STATE, 'sipwitchd (pid 11)');
  shell.passed = { unsought: true };
  expect(await shell.run('status')).toEqual(
    refused(69, /^sipwitchctl: this takes a daemon, and none was asked; leave out "--bus none"\n$/),
  );
});

test('where folders are named, the daemon that is to be started is the one of these folders', async () => {
  expect(await new Shell().run('--config c --state s status')).toEqual(
    refused(69, /: no daemon answers; "sipwitchd --config \/cwd\/c --state \/cwd\/s" starts it, "--bus" says where it is\n$/),
  );
});

test.each([
  ['usr', /^sipwitchctl: unknown command 'usr'; did you mean user\?\n/],
  ['user lst', /; did you mean list\?\n/],
  ['user add', /missing required argument 'name'/],
  ['user list more', /too many arguments/],
  ['--nonsense', /^sipwitchctl: unknown option '--nonsense'/],
  ['call history --most 501', /Expected 1 to 500/],
  ['trace --format picture', /Allowed choices are ladder, text/],
  [
    '--config absent user add g2',
    /^sipwitchctl: --config \/cwd\/absent: there is no such folder; give the one that holds sipwitch.conf\n$/,
  ],
  [
    'config check --config other',
    /^sipwitchctl: --config \/cwd\/other: that is no folder; give the one that holds sipwitch.conf\n$/,
  ],
  ['--config absent status', /there is no such folder/],
  ['--config "" status', /^sipwitchctl: --config is empty; give the one that holds sipwitch.conf\n$/],
  [
    '--state absent user add g2',
    /^sipwitchctl: --state \/cwd\/absent: there is no such folder; give the one that sipwitchd keeps its files in, or "mkdir -m 700 \/cwd\/absent" for a new one\n$/,
  ],
  [
    '--state astray status',
    /^sipwitchctl: --state \/cwd\/astray: it is a link to a folder that is not there; give the one that sipwitchd keeps its files in\n$/,
  ],
  ['--state "" doctor', /^sipwitchctl: --state is empty; /],
  [
    '--bus nosuch status',
    /'nosuch' is invalid\. Expected system, session, none, or an address such as unix:path=\/run\/sipwitch\/bus\.\n/,
  ],
  ['status --bus ""', /Expected system, session, none/],
  ['--bus Session user list', /Expected system, session, none/],
])('"%s" is a mistake of the person who typed it', async (args, err) => {
  const shell = new Shell();
  expect(await shell.run(args)).toMatchObject({ code: 2, err: expect.stringMatching(err) });
  expect([shell.buses, shell.storage.files.size]).toEqual([[], 0]);
});

test('who uses a command wrongly is sent to the help of that command', async () => {
  for (const [args, said, words] of [
    ['user set bob', "missing required argument 'key'", 'user set'],
    ['user bogus', "unknown command 'bogus'", 'user'],
    ['provider add acme', "required option '--user <name>' not specified", 'provider add'],
    ['state set night', "missing required argument 'on|off|auto'", 'state set'],
    ['nonsense', "unknown command 'nonsense'", ''],
    ['reload --nonsense', "unknown option '--nonsense'", 'reload'],
  ] as const)
    expect((await new Shell().run(args)).err).toBe(
      `sipwitchctl: ${said}\nTry "sipwitchctl ${words}${words === '' ? '' : ' '}--help".\n`,
    );
});

test('an empty word is refused, and no wish for everything; the value of a key may be one', async () => {
  const shell = new Shell();
  await shell.run('user add dora --display Dora');
  for (const [args, empty, command] of [
    ['phone list ""', '<user>', 'phone list'],
    ['dns records ""', '<domain>', 'dns records'],
    ['trace --call ""', '--call', 'trace'],
    ['user show ""', '<name>', 'user show'],
    ['user set "" display x', '<name>', 'user set'],
  ] as const)
    expect(await shell.run(args)).toEqual(
      refused(2, new RegExp(`^sipwitchctl: ${empty} is empty\\n+Try "sipwitchctl ${command} --help"\\.\\n$`)),
    );
  expect(await shell.run('user set dora display ""')).toMatchObject({ code: 0 });
});

test('a word that was probably meant is named, and none that is far', async () => {
  const said = async (args: string) => (await new Shell().run(args)).err.replace(/\nTry .*\n$/, '');
  expect(await said('debug lines')).toBe("sipwitchctl: unknown command 'lines'");
  expect(await said('debug timrs')).toBe("sipwitchctl: unknown command 'timrs'; did you mean timers?");
  expect(await said('call hist')).toBe("sipwitchctl: unknown command 'hist'; did you mean history?");
  expect(await said('user add dave --extnsion 204')).toBe("sipwitchctl: unknown option '--extnsion'; did you mean --extension?");
  expect(await said('user list --jsno')).toBe("sipwitchctl: unknown option '--jsno'; did you mean --json?");
});

test('help and version go to standard output', async () => {
  expect(await new Shell().run('--version')).toMatchObject({ code: 0, out: 'sipwitchctl 1.2.3\n', err: '' });
  const help = await new Shell().run('--help');
  expect([help.code, help.err]).toEqual([0, '']);
  for (const command of [
    'status',
    'user',
    'passwd',
    'phone',
    'call',
    'provider',
    'route',
    'dns',
    'config',
    'reload',
    'debug',
    'trace',
  ])
    expect(help.out).toContain(`\n  ${command} `);
  for (const group of ['user', 'phone', 'call', 'provider', 'route', 'config', 'debug'])
    expect((await new Shell().run(`${group} --help`)).out).not.toContain('\n  help '); // one way to ask is enough
});

test('help, -h and --help print the same, of every command', async () => {
  for (const words of ['', 'user', 'user set', 'reload']) {
    const [asked, short, long] = [`help ${words}`, `${words} -h`, `${words} --help`];
    const printed = await new Shell().run(long);
    expect(printed).toMatchObject({ code: 0, err: '' });
    expect(printed.out).toMatch(/^Usage: sipwitchctl /);
    expect([await new Shell().run(asked), await new Shell().run(short)]).toEqual([printed, printed]);
  }
  expect(await new Shell().run('help user lst')).toEqual(
    refused(2, /^sipwitchctl: unknown command 'lst'; did you mean list\?\nTry "sipwitchctl user --help"\.\n$/),
  );
});

const NONE = new Traffic(new SimClock()).report();
const traffic = { traffic: NONE.total, trafficToday: NONE.today, trafficHour: NONE.hour };

test('the status is short where the machine has many addresses', () => {
  const status = {
    ...{ version: '1.2.3', pid: 7, since: 0, domain: 'desk', config: '/c', state: '/s', users: 2, phones: 1, calls: 0 },
    ...{ listeners: ['udp:127.0.0.1:5060', 'udp:[::1]:5060', 'tcp:127.0.0.1:5060'], problems: [], buses: ['private'] },
    ...{ auth: { evaluated: 9, proved: 5, wrong: 4, stale: 0, delayed: 7 }, ...traffic },
  };
  expect(statusText(status, [], 60_000)).toContain(
    '\n  domain     desk\n  listening  udp 127.0.0.1:5060, [::1]:5060\n             tcp 127.0.0.1:5060\n  now        1 phone of 2 users, 0 calls\n',
  );
  expect(statusText(status, [], 60_000)).toContain(
    '\n  passwords  5 right, 4 wrong, 7 not looked at after too many wrong ones\n',
  );
  expect(statusText(status, [], 60_000)).toContain('\n  calls      none since the start\n');
  const counts = { ...NONE.total, internal: 3, providerOut: 2, refused: 1 };
  expect(statusText({ ...status, traffic: counts, trafficToday: { ...NONE.total, internal: 1 } }, [], 60_000)).toContain(
    '\n  calls      1 today: 1 inside\n             6 since the start: 3 inside, 2 to providers, 1 refused\n',
  );
});

test('the status of a daemon that is alone says so, and each problem has its line', () => {
  const since = new Date(2026, 10, 3, 9, 14, 2).getTime();
  const status = {
    ...{ version: '1.2.3', pid: 7, since, domain: 'desk', config: '/c', state: '/s', users: 1, phones: 0, calls: 2 },
    ...{ listeners: [], problems: [], buses: [], auth: { evaluated: 0, proved: 0, wrong: 0, stale: 0, delayed: 0 }, ...traffic },
  };
  const lines = (more: Partial<typeof status> | { readonly problems: string[]; readonly buses: string[] }) =>
    statusText({ ...status, ...more }, [], since + 125_000).split('\n');
  expect(lines({})).toEqual([
    'sipwitch 1.2.3',
    '  running    2 min 5 s, since 2026-11-03 09:14:02 (process 7)',
    '  domain     desk',
    '  listening  nowhere',
    '  now        0 phones of 1 user, 2 calls',
    '  calls      none since the start',
    '  providers  none',
    '  passwords  0 right, 0 wrong',
    '  control    no bus',
    '  files      /c',
    '             /s',
    '  problems   none',
    '',
  ]);
  expect(lines({ problems: ['one \x1b', 'two'], buses: ['private', 'session'] }).slice(8)).toEqual([
    '  control    private and session bus',
    ...['  files      /c', '             /s', '  problems   one ?', '             two', ''],
  ]);
});

test('the status says of each provider whether it is up, since when, and why not', () => {
  const status = {
    ...{ version: '1.2.3', pid: 7, since: 0, domain: 'desk', config: '/c', state: '/s', users: 2, phones: 1, calls: 0 },
    ...{ listeners: [], problems: [], buses: [], auth: { evaluated: 0, proved: 0, wrong: 0, stale: 0, delayed: 0 }, ...traffic },
  };
  const one = { preset: 'acme', registrar: 'sip:acme.example', username: 'u', since: 0, advice: '', expires: 0 };
  const providers = [
    { ...one, name: 'acme', state: 'up', why: '', server: 'udp:192.0.2.1:5060' },
    { ...one, name: 'other', state: 'down', since: 1, why: '403 Forbidden', server: '' },
  ] as const;
  expect(statusText(status, providers, 60_001)).toContain(
    '\n  providers  acme up, by udp:192.0.2.1:5060\n             other down for 1 min: 403 Forbidden\n',
  );
});

test('a provider is added with its password asked for, kept for the daemon alone, and removed with it', async () => {
  const shell = new Shell();
  shell.texts.set('/usr/share/sipwitch/providers/acme.conf', '[preset acme]\nregistrar = sip:acme.example\n');
  const asked = new SimTerminal({ answers: [' s3cret '] });
  const added = await shell.run('provider add acme --user 1234567 --inbound bob --set number_+4930123=alice', asked);
  expect([added.code, added.out, added.asked]).toEqual([0, '', ['Password of 1234567 at the provider: ']]);
  expect(shell.storage.read('conf.d/provider-acme.conf')).toContain(
    '[provider acme]\npreset = acme\nusername = 1234567\npassword = " s3cret "\ninbound = bob\nnumber_+4930123 = alice\n',
  );
  expect(shell.storage.files.get('conf.d/provider-acme.conf')?.mode).toBe(0o600);
  expect((await shell.run('config show')).out).not.toContain('s3cret');
  expect(await shell.run('provider add acme --user 2 --stdin', new SimTerminal({ piped: 'p\n' }))).toMatchObject({
    ...{
      code: 1,
      err: expect.stringContaining('there is a provider acme already; "sipwitchctl provider remove acme" removes it'),
    },
  });
  expect((await shell.run('provider add acme --user 2 --name second --password-file pw')).code).toBe(0);
  expect(shell.storage.read('conf.d/provider-second.conf')).toContain('password_file = /cwd/pw');
  expect((await shell.run('provider remove acme')).code).toBe(0);
  expect(shell.storage.read('conf.d/provider-acme.conf')).toBe(undefined);
});

test('a preset that nobody knows, and a callee that does not exist, change nothing', async () => {
  const shell = new Shell();
  shell.texts.set('/usr/share/sipwitch/providers/acme.conf', '[preset acme]\nregistrar = sip:acme.example\n');
  const add = (args: string) => shell.run(`provider add ${args} --user u --stdin`, new SimTerminal({ piped: 'p\n' }));
  expect(await add('acne')).toEqual(refused(1, /there is no preset acne; did you mean acme\?/));
  expect(await add('acme --inbound bobb')).toEqual(refused(1, /there is no user or group bobb; did you mean bob/));
  expect(await add('acme --set passwort=x')).toEqual(refused(1, /"passwort" is no key of a provider; did you mean password\?/));
  expect(await shell.run('provider remove acme')).toEqual(refused(1, /there is no provider acme/));
  expect((await shell.run('provider add acme --user u')).err).toContain('there is no terminal to ask on');
  expect(shell.storage.list('conf.d')).toEqual([]);
});

test('--bus is handed on, wherever it stands', async () => {
  const shell = new Shell();
  await shell.run('--bus none user list');
  await shell.run('user list --bus unix:path=/x');
  await shell.run('user list');
  expect(shell.buses).toEqual(['none', 'unix:path=/x', undefined]);
});

const ZONE = `
home.example 3600 NAPTR 20 50 s SIP+D2T "" _sip._tcp.home.example.
home.example 3600 NAPTR 30 50 s SIP+D2U "" _sip._udp.home.example.
_sip._tcp.home.example 3600 SRV 0 0 5060 pbx.home.example
_sip._udp.home.example 3600 SRV 5 7 5060 pbx.home.example
sip.home.example 3600 A 198.51.100.7
pbx.home.example 3600 A 198.51.100.7
`;

test('dns records prints a zone from where the daemon would listen, and says what is wrong with it', async () => {
  const shell = new Shell();
  shell.texts.set(`${CONFIG}/sipwitch.conf`, HOUSE.replace(/listen = .*\n/, ''));
  const { code, out, err } = await shell.run('dns records');
  expect(code).toBe(0);
  expect(out).toBe(
    [
      'home.example.            3600  IN  NAPTR  20 50 "s" "SIP+D2T" "" _sip._tcp.home.example.',
      'home.example.            3600  IN  NAPTR  30 50 "s" "SIP+D2U" "" _sip._udp.home.example.',
      '_sip._tcp.home.example.  3600  IN  SRV    0 0 5060 sip.home.example.',
      '_sip._udp.home.example.  3600  IN  SRV    0 0 5060 sip.home.example.',
      'sip.home.example.        3600  IN  A      198.51.100.7',
      '',
    ].join('\n'),
  );
  expect(err).toBe(
    'warning: there is no TLS: set tls_certificate and tls_key in [daemon], so that others need not call in clear\n',
  );
  const { records, warnings } = JSON.parse((await shell.run('dns records --json')).out);
  expect([records.length, records[4], warnings]).toEqual([
    5,
    { name: 'sip.home.example', type: 'A', data: '198.51.100.7' },
    [err.slice('warning: '.length, -1)],
  ]);
  const inside = new Shell(); // it listens where nobody outside can reach it
  inside.texts.set(`${CONFIG}/sipwitch.conf`, HOUSE.replace(/listen = .*/, 'listen = udp:127.0.0.1:5060'));
  expect(await inside.run('dns records')).toEqual(refused(1, /\nsipwitchctl: there is nothing to publish\n$/));
  const verified = await inside.run('dns records --verify');
  expect([verified.code, verified.out]).toEqual([1, 'asked: the name service of this machine (/etc/resolv.conf)\n']);
  expect(verified.err).toMatch(/^(warning: .*\n){2}sipwitchctl: there is nothing that could be published\n$/);
  expect(await shell.run('dns records away.example')).toEqual(
    refused(1, /away\.example is no domain of ours; ours are home\.example/),
  );
});

test('dns records --verify is content with other names that lead here, and exits 1 where something is wrong', async () => {
  const shell = new Shell();
  shell.texts.set(`${CONFIG}/sipwitch.conf`, HOUSE.replace(/listen = .*\n/, ''));
  shell.texts.set('/etc/resolv.conf', 'search home\nnameserver 192.0.2.53\nnameserver 2001:db8::53\n');
  shell.zone = ZONE;
  const good = await shell.run('dns records home.example --verify');
  expect(good.out).toMatch(/^asked: 192\.0\.2\.53, 2001:db8::53 \(\/etc\/resolv\.conf\)\nSTATE {2}NAME/);
  expect([good.code, good.out.match(/^right /gm)?.length]).toEqual([0, 5]);
  shell.zone = ZONE.replace('SRV 5 7 5060', 'SRV 5 7 5080').replace(
    'sip.home.example 3600 A 198.51.100.7',
    'sip.home.example 3600 A 192.0.2.1',
  );
  const bad = await shell.run('dns records --verify --json');
  expect([bad.code, bad.err]).toEqual([1, 'sipwitchctl: 2 of 5 records are not as they should be\n']);
  const { verdicts } = JSON.parse(bad.out);
  expect(verdicts.filter(({ state }: { state: string }) => state !== 'right')).toEqual([
    {
      ...{ name: '_sip._udp.home.example', type: 'SRV', data: '0 0 5060 sip.home.example.' },
      ...{ state: 'wrong', hint: 'there is 5 7 5080 pbx.home.example. instead' },
    },
    {
      ...{ name: 'sip.home.example', type: 'A', data: '198.51.100.7' },
      ...{ state: 'wrong', hint: 'there is 192.0.2.1 instead' },
    },
  ]);
  shell.unreadable.add('/etc/resolv.conf');
  expect((await shell.run('dns records --verify')).out).toMatch(/^asked: the name service of this machine /);
  shell.zone = '* SERVFAIL';
  const silent = await shell.run('dns records --verify');
  expect([silent.code, silent.out]).toEqual([1, expect.stringContaining('it cannot be said: the name server says SERVFAIL')]);
  expect(silent.err).toContain('sipwitchctl: 5 of 5 records could not be compared\n');
});

test('dns records --verify is content with an address of the domain itself, where SIP has its usual ports (RFC 3263 §4.2)', async () => {
  const shell = new Shell();
  const config = HOUSE.replace(/listen = .*\n/, '');
  const verify = async (text: string, zone: string) => {
    shell.texts.set(`${CONFIG}/sipwitch.conf`, text);
    shell.zone = zone;
    const { code, out } = await shell.run('dns records --verify --json');
    const { verdicts } = JSON.parse(out) as { verdicts: { type: string; state: string }[] };
    return [code, ...verdicts.map(({ type, state }) => `${type} ${state}`)].join(', ');
  };
  const here = 'home.example 3600 A 198.51.100.7\n';
  const all = (state: string) => `SRV ${state}, SRV ${state}, A ${state}`;
  expect(await verify(config, here)).toBe(`0, NAPTR optional, NAPTR optional, ${all('optional')}`);
  const missing = `1, NAPTR optional, NAPTR optional, ${all('missing')}`;
  expect(await verify(config, here.replace('100.7', '100.8'))).toBe(missing);
  const elsewhere = config.replace('[daemon]', '[daemon]\nlisten = udp:0.0.0.0:5070, tcp:0.0.0.0:5070');
  expect(await verify(elsewhere, here)).toBe(missing);
  // Who finds one SRV record looks for no address.
  expect(await verify(config, `${here}_sip._tcp.home.example 60 SRV 0 0 5060 home.example\n`)).toMatch(/SRV missing, A missing$/);
});

test('doctor looks at the files without a daemon, and exits 1 where something is wrong', async () => {
  const shell = new Shell();
  shell.machine.holders.set('udp:10.0.0.1:5060', 'asterisk (pid 12)');
  shell.machine.states.set(STATE, 'sipwitchd (pid 11)');
  shell.machine.modes.set(`${STATE}/route-key`, 0o644);
  const { code, out, err } = await shell.run('doctor');
  expect([code, err]).toEqual([1, expect.stringMatching(/^sipwitchctl: [0-9]+ things are wrong\n$/)]);
  expect(out).toContain(`no daemon answers: sipwitchd (pid 11) has the files of ${STATE}, and no bus of it is found\n`);
  expect(out).not.toContain('starts it');
  expect(out).toContain('udp:5060 is taken by asterisk (pid 12)\n');
  expect(out).toContain('route-key (mode 0644), which holds what our routes are signed with\n');
  expect(out).toContain('no phone can register for alice, bob, carol: there is no password\n');
  const findings = JSON.parse((await shell.run('doctor --json')).out);
  expect(findings[0]).toEqual({ check: 'configuration', state: 'good', sentence: `${CONFIG} has no errors`, advice: '' });
  const places = 'udp:10.0.0.1:5060, udp:127.0.0.2:5060, tcp:0.0.0.0:5060, tcp:[::1]:5060, udp:198.51.100.7:5070';
  shell.texts.set(`${CONFIG}/sipwitch.conf`, HOUSE.replace(/listen = .*/, `listen = ${places}`));
  shell.machine.holders.clear();
  shell.machine.holders.set('tcp:198.51.100.7:5060', 'kamailio (pid 13)').set('udp:198.51.100.7:5060', 'nobody asks (pid 14)');
  shell.machine.holders.set('udp:198.51.100.7:5070', 'sipwitchd (pid 11)');
  const found: typeof findings = JSON.parse((await shell.run('doctor --json')).out);
  const of = (one: { check: string; sentence: string }) => (one.check === 'listeners' ? [one.sentence] : []);
  expect(found.flatMap(of)).toEqual([
    'tcp:5060 is taken by kamailio (pid 13)',
    'this machine has no address 10.0.0.1: no daemon starts',
    'this machine has no address ::1: no daemon starts',
  ]);
});

test('doctor tells of passwords of providers that everybody may read; the group may be that of the service', async () => {
  const shell = new Shell();
  const { modes } = shell.machine;
  const [drop, mine] = [`${CONFIG}/sipwitch.conf.d/acme.conf`, `${CONFIG}/sipwitch.conf.d/home.conf`];
  const account = (name: string, password: string) =>
    `[provider ${name}]\nregistrar = sip:sip.${name}.example\nusername = 1\npassword${password}\n`;
  shell.texts.set(drop, `${account('acme', '_file = /etc/acme')}${account('other', ' = secret')}`);
  shell.texts.set(mine, account('last', ' = secret'));
  const permissions = async () => {
    const findings: { check: string; sentence: string; advice: string }[] = JSON.parse((await shell.run('doctor --json')).out);
    return findings.flatMap(({ check, sentence, advice }) => (check === 'permissions' ? [`${sentence}: ${advice}`] : []));
  };
  for (const path of [drop, mine, '/etc/acme']) modes.set(path, 0o640);
  expect(await permissions()).toEqual(['nobody else may change the files: ']);
  modes.set(drop, 0o644).set('/etc/acme', 0o604);
  expect(await permissions()).toEqual([
    `others may read ${drop} (mode 0644), which holds the password of a provider: "chmod o= ${drop}"`,
    'others may read /etc/acme (mode 0604), which holds the password of a provider: "chmod o= /etc/acme"',
  ]);
  // Where nobody else may enter the folder, nobody else reads what is in it.
  modes.set(CONFIG, 0o750).set('/etc/acme', 0o600);
  expect(await permissions()).toEqual(['nobody else may change the files: ']);
});

test('what was typed, or came out of a list, commands no terminal when it is said again', async () => {
  const shell = new Shell();
  for (const words of ['user show \x1b[31mx', '\x1b[31mx', '--\x1b[31mx'])
    expect((await shell.run(words)).err, words).toMatch(/\?\[31mx/);
});

test('an argument that is no UTF-8 is refused as what it is, and no file is blamed', async () => {
  const shell = new Shell();
  const why = /^sipwitchctl: the value of display is no UTF-8 text\n$/;
  expect(await shell.run('user set bob display Zo\ufffd')).toEqual(refused(1, why));
  expect(await shell.run('user add dave --display Zo\ufffd')).toEqual(refused(1, why));
  expect(await shell.run('provider add acme --user Zo\ufffd', new SimTerminal({ answers: ['secret'] }))).toMatchObject({
    code: 1,
    err: expect.stringMatching(/the value of username is no UTF-8 text/),
  });
});

test('root is told who has to read a file of the service: what only root can read is nothing to its daemon', async () => {
  const shell = new Shell();
  shell.login = '_sipwitch'; // as whom the program runs once more for root
  const file = '/etc/sipwitch/sipwitch.conf';
  shell.texts.set(file, HOUSE);
  shell.unreadable.add(file);
  const why = 'sipwitchd runs as _sipwitch, who must be able to read it';
  const told = `the configuration cannot be used; ${why}:\n${file}: error: cannot be read: permission denied\n1 error.`;
  expect(await shell.run('user list')).toEqual({ code: 78, out: '', err: `sipwitchctl: ${told}\n`, asked: [] });
  const { out } = await shell.run('doctor');
  expect(
    out
      .split('\n')
      .slice(0, 2)
      .map((line) => line.trim()),
  ).toEqual([`WRONG  configuration  ${file}: cannot be read: permission denied`, `-> ${why}`]);
});

test('who may not read the configuration is told who may', async () => {
  const shell = new Shell();
  shell.unreadable.add(`${CONFIG}/sipwitch.conf`);
  for (const denial of ['permission denied', 'operation not permitted']) {
    shell.denial = denial;
    const denied = `${CONFIG}/sipwitch.conf: error: cannot be read: ${denial}\n1 error.`;
    const told = `the configuration cannot be used; ask as the user who runs the daemon, or as root:\n${denied}`;
    expect(await shell.run('user list')).toEqual({ code: 78, out: '', err: `sipwitchctl: ${told}\n`, asked: [] });
  }
});
