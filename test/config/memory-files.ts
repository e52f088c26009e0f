import { type Loaded, load, type Setting } from '../../src/config/load.ts';
import { report } from '../../src/config/report.ts';
import { FileError, type Files } from '../../src/runtime/files.ts';

export const setting: Setting = {
  config: '/etc/sipwitch',
  state: '/var/lib/sipwitch',
  hostName: 'pc.home.example',
  service: true,
};

/** Files by their path; one whose text is `false` exists and may not be read. */
export function filesOf(texts: Readonly<Record<string, string | false>>): Files {
  return {
    read(path) {
      const text = texts[path];
      if (text === false) throw new FileError(path, 'permission denied', undefined, true);
      return text;
    },
    list: (folder) =>
      Object.keys(texts)
        .filter((path) => path.startsWith(`${folder}/`))
        .map((path) => path.slice(folder.length + 1))
        .reverse(),
  };
}

/** Files that configurations of tests name; what is in them does not matter. */
const NAMED = {
  '/a.pem': '',
  '/key.pem': '',
  '/unreadable': false,
  '/etc/sipwitch/acme.password': '',
  '/etc/sipwitch/tls/fullchain.pem': '',
  '/etc/sipwitch/tls/key.pem': '',
  '/etc/sipwitch/tls/authorities.pem': '',
} as const;

/** Loads one `sipwitch.conf`. */
export function loadText(text: string): Loaded {
  return load(filesOf({ ...NAMED, '/etc/sipwitch/sipwitch.conf': text }), setting);
}

/** What a person is told about one `sipwitch.conf`, without the path and the count. */
export function complaints(text: string): string[] {
  return report(loadText(text).problems).replaceAll('/etc/sipwitch/sipwitch.conf', 'FILE').split('\n').slice(0, -1);
}
