import { usage as help } from '../../src/text/usage.ts';
import { bold, entry, head, italic, paragraph, plain, section, usage } from './roff.ts';

/** sipwitchd(8). Its options are what `--help` prints. */
export function daemonPage(date: string, source: string): string {
  return [
    head('sipwitchd', 8, date, source, 'System administration', 'telephone exchange of one computer or one house'),
    section('SYNOPSIS', `${synopsis()}\n`),
    section(
      'DESCRIPTION',
      paragraph(
        'sipwitchd is a SIP registrar and proxy: phones register with it by user name and password, and it decides where each call goes. Calls between phones are passed on as they are; voice and pictures go from phone to phone and not through it.',
      ),
      paragraph(
        'It stays in the foreground. When it hears on all of its addresses it writes one line to standard error that begins with "ready:" and names them; a terminal in which that line has no room is shown the addresses in lines of their own below it. Under systemd it tells the service manager too, and its messages carry the priority of each. It waits for nobody to read them: beyond a megabyte they are dropped, and the first that is read again says how many.',
      ),
      paragraph(
        'Started by an ordinary user who has no configuration, it writes one, gives the login name extension 200 and a random password, and prints what to type into a softphone. Where standard error is no terminal, the password goes to the file first-account in the state directory instead. The password is made when every socket is bound: where an address is taken, the account is told by the next start that finds it free. Other than at such a first start, folders that --config and --state name must be there.',
      ),
      paragraph(
        'It listens on a private D-Bus socket, by which sipwitchctl(1) finds it, and joins the session bus, or as a service the system bus, under the name org.sipwitch.SipWitch1. Without that bus it says so once, serves calls all the same, and tries again. With --bus none it opens neither.',
      ),
      paragraph(
        'What there is are objects below /org/sipwitch/SipWitch1: user/NAME, phone/ID, call/ID, provider/NAME and state/NAME, which "busctl introspect" describes; on the private bus "gdbus introspect", for busctl does not say who it is before it is asked, and is not let in there. GetManagedObjects tells how they are; InterfacesAdded, InterfacesRemoved and PropertiesChanged tell what becomes of them, such as a state that is switched, by whomever or by the clock. Properties that change without a signal are marked so in the introspection (EmitsChangedSignal); whose phones there are is told by the phones themselves. One question is answered at a time, with calls between them; who has 128 open on one connection, or 512 on all, is refused another by org.freedesktop.DBus.Error.LimitsExceeded.',
      ),
    ),
    section('OPTIONS', ...options()),
    section(
      'SIGNALS',
      entry(bold('SIGHUP'), plain('read the configuration again; one with errors changes nothing and is told with every error')),
      entry(
        bold('SIGTERM, SIGINT'),
        plain('end, within two seconds; calls that run go on without the daemon, and through it again after a restart'),
      ),
    ),
    section(
      'EXIT STATUS',
      entry(bold('0'), plain('it was told to end')),
      entry(bold('1'), plain('failure')),
      entry(bold('2'), plain('the command line is wrong')),
      entry(
        bold('69'),
        plain('an address or the state directory is taken; it says which one, and by whom where that can be known'),
      ),
      entry(bold('78'), plain('the configuration has errors; all of them are printed')),
    ),
    section(
      'ENVIRONMENT',
      entry(
        bold('XDG_CONFIG_HOME, XDG_STATE_HOME'),
        plain("where a user's own daemon has its folders; ~/.config and ~/.local/state if unset"),
      ),
      entry(
        bold('XDG_RUNTIME_DIR'),
        plain(
          'where it has its private bus, in sipwitch/bus; if unset, or if another daemon has that one, it is bus in the state directory',
        ),
      ),
      entry(bold('DBUS_SESSION_BUS_ADDRESS, DBUS_SYSTEM_BUS_ADDRESS'), plain('where those buses are')),
    ),
    section(
      'FILES',
      paragraph("As a service; a user's own daemon has the same files below its folders."),
      ...FILES.map(([path, what]) => entry(italic(path), plain(what))),
    ),
    section('SEE ALSO', `${bold('sipwitchctl')}(1), ${bold('sipwitch.conf')}(5)\n`),
  ].join('');
}

const FILES: readonly (readonly [path: string, what: string])[] = [
  ['/etc/sipwitch/sipwitch.conf', 'the configuration'],
  ['/etc/sipwitch/sipwitch.conf.d/*.conf', 'drop-ins, in the order of their names'],
  [
    '/var/lib/sipwitch/conf.d/*.conf',
    'what sipwitchctl and D-Bus programs wrote: users, providers with their passwords, dial rules',
  ],
  ['/var/lib/sipwitch/realm', 'the realm of all passwords, made once'],
  ['/var/lib/sipwitch/digests/', 'hashes of the passwords, for that realm only; the passwords are not kept'],
  ['/var/lib/sipwitch/bindings.journal', 'where each phone is'],
  ['/var/lib/sipwitch/history.jsonl', 'one line for each call that ended, kept to 50 MB'],
  ['/var/lib/sipwitch/spending', 'what users and trunks have spent of their budgets, for an hour and a day'],
  ['/var/lib/sipwitch/states', 'named states that somebody switched by hand'],
  ['/var/lib/sipwitch/route-key', 'what signs the routes of calls, so that they outlive a restart'],
  ['/var/lib/sipwitch/lock', 'keeps a second daemon from this directory while one runs; of one that ended it keeps nobody out'],
  ['/var/lib/sipwitch/changing', 'keeps two programs from changing these files at once'],
  ['/var/lib/sipwitch/first-start', "of a user's own daemon: whose account its first start made and nobody was told of yet"],
  ['/var/lib/sipwitch/first-account', 'the account that was told where no terminal was; to be deleted once it is typed in'],
  ['/var/lib/sipwitch/private-bus', 'where the private bus of the running daemon is, for sipwitchctl'],
  ['/run/sipwitch/bus', "the private bus; of a user's own daemon below XDG_RUNTIME_DIR"],
  ['/var/lib/sipwitch/bus', 'the private bus where it cannot be there'],
];

function synopsis(): string {
  const [line = ''] = help.split('\n', 1);
  return usage(line.replace('Usage: ', '')).replaceAll('\\fB \\fR', ' ');
}

function options(): readonly string[] {
  const lines = [...help.matchAll(/^ {2}(--\S+(?: [A-Z]+)?) {2,}(.+(?:\n {17}.+)*)$/gm)];
  return lines.map(([, words = '', meaning = '']) => entry(usage(words), plain(meaning.replace(/\s+/g, ' '))));
}
