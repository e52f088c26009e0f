// What every program has that stage.ts starts.

/** Its folder, where logs are kept, that of the bundles of sipwitch, and a further word. */
export const [folder = '', dist = '', word = ''] = process.argv.slice(2);

/** What happened: the last line of its output, as JSON. */
export const said: Record<string, unknown> = {};

export const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

/** Plays, says what happened, and ends the program, whatever still runs in it. */
export function perform(play: () => Promise<void>, clear = () => {}): void {
  play()
    .catch((error: Error) => {
      said.error = error.message;
    })
    .finally(() => {
      clear();
      process.stdout.write(`${JSON.stringify(said)}\n`, () => process.exit(0));
    });
}
