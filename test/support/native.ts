import { nativeSockets } from '../../src/runtime/node/udp-native.ts';

/** What `npm run bundle` builds of udp.c. */
export const LIBRARY = new URL('../../dist/udp.node', import.meta.url).pathname;

/** Its sockets; undefined where there is no compiler. */
export const native = nativeSockets(LIBRARY);
