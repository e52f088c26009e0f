/** The forwards of a user, as a file writes each. States have the same; all but that of dnd have codes. */
export const FORWARDS = {
  forwardAll: 'forward_all',
  forwardBusy: 'forward_busy',
  forwardNoanswer: 'forward_noanswer',
  forwardUnreachable: 'forward_unreachable',
  forwardOffline: 'forward_offline',
  forwardDnd: 'forward_dnd',
} as const;

export type ForwardField = keyof typeof FORWARDS;
export type ForwardKey = (typeof FORWARDS)[ForwardField];

export const forwardFields = Object.keys(FORWARDS) as readonly ForwardField[];
