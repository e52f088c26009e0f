/** What `sipwitchd --help` prints, in 80 columns. The man page takes its options from here. */
export const usage = `Usage: sipwitchd [--config DIR] [--state DIR] [--bus BUS] [--log LEVEL]

The telephone exchange of this computer: softphones register here, and it
decides where each call goes. It stays in the foreground; "sipwitchctl" talks
to it.

  --config DIR   where sipwitch.conf is; of an ordinary user ~/.config/sipwitch,
                 of the service /etc/sipwitch
  --state DIR    what it keeps; of an ordinary user ~/.local/state/sipwitch, of
                 the service /var/lib/sipwitch
  --bus BUS      where D-Bus programs reach it: system, session, none, or an
                 address
  --log LEVEL    error, warning, notice (default), info or debug
  --version      print the version
  --help         print this
`;
