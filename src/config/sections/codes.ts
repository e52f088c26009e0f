import { kind, optional, type Settings } from '../schema.ts';
import { featureCode } from '../values/telephone.ts';

export const codes = kind(
  'codes',
  undefined,
  'Codes that users dial from any of their phones. What stands behind one that sets a forward is where calls go; with nothing behind it, or as #21# for *21*, it takes the forward back.',
  {
    forward_all: optional(featureCode, 'Sets forward_all.'),
    forward_busy: optional(featureCode, 'Sets forward_busy.'),
    forward_noanswer: optional(featureCode, 'Sets forward_noanswer.'),
    forward_unreachable: optional(featureCode, 'Sets forward_unreachable.'),
    forward_offline: optional(featureCode, 'Sets forward_offline.'),
    dnd: optional(featureCode, 'Sets dnd, or takes it back.'),
    pickup: optional(
      featureCode,
      "Takes a call that rings elsewhere: of somebody in a group with the one who dials it, or with an extension behind it that one's. The phone that dialed rings with it, and answers by itself if it can.",
    ),
    last_caller: optional(featureCode, 'Calls who called last, since the daemon began.'),
    'state_*': optional(featureCode, 'Switches the state of that name to what it is not.'),
  },
);

export type CodesSettings = Settings<typeof codes.table>;
