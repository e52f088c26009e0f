import { kind, optional, type Settings } from '../schema.ts';
import { destination, speedDial } from '../values/telephone.ts';

export const speed = kind(
  'speed',
  speedDial,
  'A short number that stands for a longer one or for an address: of everybody, or as [speed alice/77] of one user.',
  {
    to: optional(destination, 'Where it leads.'),
  },
);

export type SpeedSettings = Settings<typeof speed.table>;
