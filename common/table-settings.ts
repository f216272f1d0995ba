/** The settings of the TABLE gateway, a part of setting-table.ts. */
import { z } from 'zod';
import { flag, listenAddress, parsed, row, wholeNumber } from './setting-schemas.ts';

export const TABLE_SETTINGS = {
  TABLE_PORT: row({
    default: '7010',
    about: 'for the TABLE gateway: port of 127.0.0.1, or host:port, at which it accepts clients',
    schema: parsed(listenAddress),
  }),
  TABLE_SCAN_LIMIT: row({
    default: '100000',
    unit: 'rows',
    about:
      'for the TABLE gateway: maximum number of rows that one statement reads; a statement that needs more fails',
    schema: wholeNumber(1_000, 10_000_000),
  }),
  TABLE_STRICT: row({
    default: 'false',
    about: 'for the TABLE gateway: true or false; true: OR before a comparison filters, as in the module',
    schema: flag(),
  }),
  TABLE_ACL_FILE: row({
    default: '',
    about:
      'for the TABLE gateway: file with its users and their rights; empty: clients log in as users of the nodes',
    schema: z.string(),
  }),
  TABLE_TLS_CERT: row({
    default: '',
    about: 'for the TABLE gateway: file with its certificate for TLS towards clients; empty: plain TCP',
    schema: z.string(),
  }),
  TABLE_TLS_KEY: row({
    default: '',
    about: 'for the TABLE gateway: file with the private key of TABLE_TLS_CERT',
    schema: z.string(),
  }),
  TABLE_TLS_CA: row({
    default: '',
    about:
      'for the TABLE gateway: file with the certificate authority of its clients, which then need a certificate; empty: they need none',
    schema: z.string(),
  }),
  TABLE_MAX_CONNECTIONS: row({
    default: '1000',
    unit: 'connections',
    about: 'for the TABLE gateway: maximum number of clients at the same time',
    schema: wholeNumber(1, 1_000_000),
  }),
  TABLE_MAX_REQUEST_BYTES: row({
    default: '16777216',
    unit: 'bytes',
    about: 'for the TABLE gateway: maximum size of one request',
    schema: wholeNumber(1_024, 536_870_912),
  }),
  TABLE_MAX_PIPELINE: row({
    default: '10000',
    unit: 'requests',
    about:
      'for the TABLE gateway: maximum number of requests that one client sends while no reply arrives; then the gateway stops reading from it',
    schema: wholeNumber(1, 1_000_000),
  }),
};
