import { kind, optional, type Settings } from '../schema.ts';
import { destination, speedDial } from '../values/telephone.ts';

const later = true;

export const speed = kind('speed', speedDial, 'A short number that stands for a longer one or for an address.', {
  to: optional(destination, 'Where it leads.', { later }),
});

export type SpeedSettings = Settings<typeof speed.table>;
