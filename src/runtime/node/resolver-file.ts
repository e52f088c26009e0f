import { type FSWatcher, realpathSync, statSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { after, type Clock, type Timer } from '../clock.ts';
import { tried } from './tried.ts';
import { readWhole } from './whole-file.ts';

/** What replaces a file often does several things to its folder: they are looked at once, so much later. */
const SETTLE = 50;

/**
 * A small file that is read again whenever it was changed or replaced. The folder it is in, and the one that a link leads to, are watched;
 * where that does not work (a file mounted into a container) the change is seen by whoever looks.
 */
export class WatchedFile<T> {
  private readonly path: string;
  private readonly clock: Clock;
  private readonly parse: (text: string) => T;
  private readonly changed: () => void;
  private watchers: FSWatcher[] = [];
  private settling: Timer | undefined = undefined;
  /** undefined: nobody has looked yet. */
  private seen: { readonly version: string; readonly value: T } | undefined = undefined;

  /** @param parse is given the text, the empty one where there is no file */
  constructor(path: string, clock: Clock, parse: (text: string) => T, changed: () => void) {
    this.path = path;
    this.clock = clock;
    this.parse = parse;
    this.changed = changed;
    this.watch();
  }

  /** As it was when somebody last looked; the first who asks looks. */
  get value(): T {
    this.seen ??= this.read(versionOf(this.path));
    return this.seen.value;
  }

  /** Reads the file again if it is another one. */
  look(): void {
    const version = versionOf(this.path);
    if (this.seen === undefined || version === this.seen.version) return;
    this.seen = this.read(version);
    // The link may lead into another folder now.
    this.unwatch();
    this.watch();
    this.changed();
  }

  close(): void {
    this.unwatch();
    this.settling?.cancel();
  }

  private read(version: string) {
    return { version, value: this.parse(tried(() => readWhole(this.path), '')) };
  }

  private watch(): void {
    const soon = () => {
      this.settling ??= after(this.clock, 'watch', SETTLE, () => {
        this.settling = undefined;
        this.look();
      });
    };
    for (const path of new Set([this.path, tried(() => realpathSync(this.path), this.path)])) {
      try {
        const watcher = watch(dirname(path), { persistent: false }, (_event, name) => {
          if (name === null || name === basename(path)) soon();
        });
        watcher.on('error', () => undefined);
        this.watchers.push(watcher);
      } catch {
        // No such folder, or no inotify left: then who looks notices the change.
      }
    }
  }

  private unwatch(): void {
    for (const watcher of this.watchers) watcher.close();
    this.watchers = [];
  }
}

/** What differs when a file was written or replaced; empty where there is none to be seen. */
function versionOf(path: string): string {
  const stat = tried(() => statSync(path, { bigint: true, throwIfNoEntry: false }), undefined);
  return stat === undefined ? '' : `${stat.dev} ${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}`;
}
