import { kind, optional, type Settings } from '../schema.ts';
import { featureCode } from '../values/telephone.ts';

const later = true;

export const codes = kind('codes', undefined, 'Codes that change a setting from any phone; one that is set to nothing is off.', {
  forward_all: optional(featureCode, 'Sets forward_all.', { later }),
  forward_busy: optional(featureCode, 'Sets forward_busy.', { later }),
  forward_noanswer: optional(featureCode, 'Sets forward_noanswer.', { later }),
  forward_offline: optional(featureCode, 'Sets forward_offline.', { later }),
  dnd: optional(featureCode, 'Sets dnd.', { later }),
});

export type CodesSettings = Settings<typeof codes.table>;
