import { readable } from '../text/parse-error.ts';
import { FORWARDS, type ForwardKey, forwardFields } from './forwards.ts';
import type { CodesSettings } from './sections/codes.ts';
import { destination } from './values/telephone.ts';

/** The forwards that a code sets. */
export type CodedKey = Exclude<ForwardKey, 'forward_dnd'>;

/** What somebody dialed a code for. */
export type CodeAction =
  /** `to`: undefined takes the forward back. */
  | { readonly do: 'forward'; readonly key: CodedKey; readonly to: string | undefined }
  | { readonly do: 'dnd'; readonly to: 'no' | 'other' }
  | { readonly do: 'state'; readonly name: string }
  /** `of`: whose call, by a name or an extension; undefined: that of anybody in a group with who dials. */
  | { readonly do: 'pickup'; readonly of: string | undefined }
  | { readonly do: 'lastCaller' };

/** What a code does, for whoever asks where a call goes. */
export function codeText(action: CodeAction): string {
  switch (action.do) {
    case 'forward':
      return action.to === undefined ? `no ${action.key} any more` : `${action.key} = ${action.to}`;
    case 'dnd':
      return action.to === 'other' ? 'dnd on or off' : `dnd = ${action.to}`;
    case 'state':
      return `the state ${action.name} on or off`;
    case 'pickup':
      return `pick up a call that rings at ${action.of ?? 'somebody of the same group'}`;
    case 'lastCaller':
      return 'call whoever called last';
    default:
      return action satisfies never;
  }
}

/** A code, and what is meant by what stands behind it; undefined where the code is another then. */
interface FeatureCode {
  readonly code: string;
  means(behind: string): CodeAction | undefined;
}

/** The codes of a configuration, compiled once: what somebody dials -> what for; undefined where it is no code. */
export function codesOf(settings: CodesSettings): (dialed: string) => CodeAction | undefined {
  const codes: FeatureCode[] = [];
  const add = (code: string | undefined, means: FeatureCode['means']): void => {
    if (code !== undefined) codes.push({ code, means });
  };
  const forward = (key: CodedKey, code: string | undefined): void => {
    add(code, (behind) => toForward(key, behind));
    for (const back of takenBack(code)) add(back, (behind) => alone(behind, { do: 'forward', key, to: undefined }));
  };
  for (const field of forwardFields) if (field !== 'forwardDnd') forward(FORWARDS[field], settings[field]);
  add(settings.dnd, (behind) => alone(behind, { do: 'dnd', to: 'other' }));
  for (const back of takenBack(settings.dnd)) add(back, (behind) => alone(behind, { do: 'dnd', to: 'no' }));
  add(settings.pickup, (behind) => ({ do: 'pickup', of: behind === '' ? undefined : behind }));
  add(settings.lastCaller, (behind) => alone(behind, { do: 'lastCaller' }));
  for (const [name, code] of settings.states) add(code, (behind) => alone(behind, { do: 'state', name }));
  // *82 before *8.
  codes.sort((a, b) => b.code.length - a.code.length);
  return (dialed) => {
    for (const { code, means } of codes) {
      const meant = dialed.startsWith(code) ? means(dialed.slice(code.length)) : undefined;
      if (meant !== undefined) return meant;
    }
    return undefined;
  };
}

/** As telephone networks take a setting back: #21# for *21*. */
function takenBack(code: string | undefined): readonly string[] {
  const digits = code?.replace(/^[*#]+|[*#]+$/g, '') ?? '';
  return digits === '' || code?.startsWith('#') === true ? [] : [`##${digits}#`, `#${digits}#`, `#${digits}`];
}

const alone = (behind: string, action: CodeAction): CodeAction | undefined => (behind === '' ? action : undefined);

/** What is dialed behind the code is where calls shall go; with nothing behind it they go nowhere. A # at the end only ends it. */
function toForward(key: CodedKey, behind: string): CodeAction | undefined {
  const to = behind.replace(/#$/, '');
  if (to === '') return { do: 'forward', key, to: undefined };
  const kind = readable(() => destination.read(to).kind);
  return kind === undefined || kind === 'uri' ? undefined : { do: 'forward', key, to };
}
