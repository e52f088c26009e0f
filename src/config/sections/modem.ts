import { key, kind, optional, type Settings } from '../schema.ts';
import { name, oneOf, path } from '../values/plain.ts';
import { destination } from '../values/telephone.ts';
import { list } from '../values/value.ts';

const later = true;

export const modem = kind('modem', name, 'A modem or GSM stick, which is a telephone line.', {
  port: optional(path, 'The serial device that takes AT commands.', { later }),
  audio: optional(path, 'The serial device that carries the voice.', { later }),
  family: key(oneOf('auto', 'huawei', 'simcom', 'quectel', 'v253', 'modemmanager'), 'auto', 'How it is spoken to.', { later }),
  pin_file: optional(path, 'A file whose first line is the PIN of the SIM.', { later }),
  inbound: optional(destination, 'The user, extension or group that its calls go to.', { later }),
  classes: key(list(name), '', 'The classes whose users may call through it; without any, every local user.', { later }),
});

export type ModemSettings = Settings<typeof modem.table>;
