import { FORWARDS } from '../../config/forwards.ts';

/** What somebody may want, as far as it matters to who may. */
export type Operation =
  | 'status'
  | 'seeAccount'
  | 'seePhones'
  | 'seeCalls'
  | 'seeEverything'
  | 'setPreference'
  | 'setPassword'
  | 'removePhone'
  | 'hangUp'
  | 'manage';

const manage = 'org.sipwitch.sipwitch1.manage';
const call = 'org.sipwitch.sipwitch1.call';
const secrets = 'org.sipwitch.sipwitch1.secrets';
/** The actions that polkit is asked about. */
export type Action = typeof manage | typeof call | typeof secrets;

type Right = 'free' | Action;

/** What it takes, for what is one's own, and for what is another's or everybody's. */
const rights: Readonly<Record<Operation, { readonly own: Right; readonly other: Right }>> = {
  status: { own: 'free', other: 'free' },
  seeAccount: { own: 'free', other: manage },
  seePhones: { own: 'free', other: manage },
  seeCalls: { own: 'free', other: manage },
  /** History, traces, tables, decisions and the configuration. */
  seeEverything: { own: manage, other: manage },
  setPreference: { own: 'free', other: manage },
  setPassword: { own: 'free', other: secrets },
  removePhone: { own: 'free', other: manage },
  hangUp: { own: 'free', other: call },
  manage: { own: manage, other: manage },
};

/** The keys of an account that its user may set; with the others a user could reach what costs money or be reached by strangers. */
const preferences: ReadonlySet<string> = new Set([
  'display',
  'dnd',
  ...Object.values(FORWARDS),
  'forward_strangers',
  'no_answer',
]);

export function operationOfKey(key: string): Operation {
  return preferences.has(key) ? 'setPreference' : 'manage';
}

/** Who asks: undefined where the bus cannot say. `name`: the account that has the login name of this uid. */
export interface Asker {
  readonly uid: number | undefined;
  readonly name: string | undefined;
}

/**
 * Decides whether somebody may do something: at once, never, or if polkit agrees to an action. Root and the daemon's own user may do
 * all; so the owner of a session or private bus may.
 *
 * @param subjects the users whom it is about; none stands for everybody
 */
export function permission(
  operation: Operation,
  asker: Asker,
  daemonUid: number,
  subjects: readonly string[],
): 'allow' | 'deny' | Action {
  if (isMaster(asker, daemonUid)) return 'allow';
  const { own, other } = rights[operation];
  const right = asker.name !== undefined && subjects.includes(asker.name) ? own : other;
  if (right === 'free') return 'allow';
  return asker.uid === undefined ? 'deny' : right;
}

/** Whether everybody may, where it is about nobody else. */
export function isFreeOfOneself(operation: Operation): boolean {
  return rights[operation].own === 'free';
}

/** Who may do all. */
export function isMaster({ uid }: Asker, daemonUid: number): boolean {
  return uid !== undefined && (uid === 0 || uid === daemonUid);
}
