import type { Files } from '../../runtime/files.ts';

/** The files as they would be after a change: path -> new text, undefined for a file that goes. Nothing is written. */
export function overlaid(files: Files, changes: ReadonlyMap<string, string | undefined>): Files {
  return {
    exposed: (path) => (changes.has(path) ? undefined : files.exposed?.(path)),
    read: (path) => (changes.has(path) ? changes.get(path) : files.read(path)),
    list(folder) {
      const names = new Set(files.list(folder));
      for (const [path, text] of changes) {
        const slash = path.lastIndexOf('/');
        if (path.slice(0, slash) !== folder) continue;
        if (text === undefined) names.delete(path.slice(slash + 1));
        else names.add(path.slice(slash + 1));
      }
      return [...names];
    },
  };
}
