/**
 * Every setting: its default, unit, meaning, and check in one row. A setting has the same name in the code as in the
 * environment, so that one search finds both. settings.ts reads them.
 */
import { z } from 'zod';
import { type Node, parseNode, parseNodes } from './nodes.ts';
import {
  flag,
  key,
  listenAddress,
  oneOf,
  parsed,
  peerNames,
  row,
  serviceName,
  wholeNumber,
} from './setting-schemas.ts';
import { TABLE_SETTINGS } from './table-settings.ts';

/** Maximum delay of Node's timers, in milliseconds; a longer one fires at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export const SETTINGS = {
  KEYDB_NODES: row({
    default: '127.0.0.1:7001,127.0.0.1:7002,127.0.0.1:7003',
    about: 'the nodes of the mesh as host:port, separated by commas; use the same list for all services',
    schema: parsed(parseNodes),
  }),
  HOME_NODE: row({
    default: '',
    about:
      'the node that a service connects to first; empty: the home node in the table of common/services.ts',
    schema: parsed((text): Node | undefined => (text === '' ? undefined : parseNode(text))),
  }),
  WRITE_NODES: row({
    default: '',
    about:
      'the nodes that accept writes, such as the primary of replicas; empty: all of KEYDB_NODES. The writer connects only to these; an observer whose node is not among them sends its handshakes to one of these',
    schema: parsed((text): Node[] => (text === '' ? [] : parseNodes(text))),
  }),
  PEER_NAMES: row({
    default: '',
    about:
      'for the monitor, if nodes replicate from other addresses than those in KEYDB_NODES: the name of each address, as address=name, separated by commas, such as 10.213.71.11:6379=keydb_01:6379',
    schema: parsed(peerNames),
  }),
  SERVICE_ADDRESSES: row({
    default: '',
    about:
      'for the live page of the monitor: the METRICS_PORT of each service as host:port, separated by commas; empty: the page shows only the nodes',
    schema: parsed((text): Node[] => (text === '' ? [] : parseNodes(text))),
  }),
  KEYDB_USERNAME: row({ default: '', about: 'ACL user; empty: the default user', schema: z.string() }),
  KEYDB_PASSWORD: row({
    default: '',
    about: 'password of that user; empty: none',
    schema: z.string(),
  }),
  KEYDB_PASSWORD_FILE: row({
    default: '',
    about: 'file with that password, instead of KEYDB_PASSWORD; read again for each connection',
    schema: z.string(),
  }),
  OPERATOR_USERNAME: row({
    default: '',
    about:
      'for the live page of the monitor: ACL user that may set INTERVAL_KEY; empty: if KEYDB_USERNAME is set, the page cannot set it',
    schema: z.string(),
  }),
  OPERATOR_PASSWORD_FILE: row({
    default: '',
    about: 'file with the password of OPERATOR_USERNAME; read again for each connection',
    schema: z.string(),
  }),
  KEYDB_TLS: row({ default: 'false', about: 'connect with TLS: true or false', schema: flag() }),
  KEYDB_TLS_CA: row({
    default: '',
    about:
      "file with the certificate authority that signed the nodes' certificates; empty: the system's authorities",
    schema: z.string(),
  }),
  KEYDB_DB: row({ default: '0', about: 'database number', schema: wholeNumber(0, 1_000_000) }),
  SHARED_KEY: row({
    default: 'shared_key',
    about: 'the key that the writer sets and the observers watch',
    schema: key(),
  }),
  HANDSHAKE_KEY: row({
    default: 'handshake_key:{service}',
    about:
      "the key of an observer's handshakes; {service} stands for its SERVICE_NAME. Without {service}, all observers share one key, and concurrent handshakes diverge",
    schema: key(),
  }),
  VALUE_FORMAT: row({
    default: 'full',
    about:
      'how services write values: full, or classic (name and timestamp in whole seconds, without seq and micros); use the same for all services',
    schema: oneOf('full', 'classic'),
  }),
  WRITE_INTERVAL_MS: row({
    default: '10000',
    unit: 'milliseconds',
    about: 'time between two writes',
    schema: wholeNumber(1, MAX_TIMER_MS),
  }),
  INTERVAL_KEY: row({
    default: 'update_interval',
    mayBeEmpty: true,
    about:
      'the key that changes the time between two writes while the writer runs: whole seconds from 1 to 3600. Without a valid value, WRITE_INTERVAL_MS applies; empty: the writer reads no such key',
    schema: key(),
  }),
  WAIT_REPLICAS: row({
    default: '0',
    unit: 'nodes',
    about:
      'after each write, wait until this many other nodes have confirmed it (WAIT), and warn if fewer do; 0: do not wait',
    schema: wholeNumber(0, 100),
  }),
  KEY_CHANNEL: row({
    default: 'keyevent',
    about:
      'how a node announces a write: keyevent (channel of all keys, filtered here), keyspace (channel of this key), or tracking (CLIENT TRACKING: one push per read, for observers; the writer then uses keyspace)',
    schema: oneOf('keyevent', 'keyspace', 'tracking'),
  }),
  RECHECK_INTERVAL_MS: row({
    default: '5000',
    unit: 'milliseconds',
    about: 'maximum time between reads of the key, because a notification can be lost; 0: never poll',
    schema: wholeNumber(0, MAX_TIMER_MS),
  }),
  NODE_TIMEOUT_MS: row({
    default: '1000',
    unit: 'milliseconds',
    about: 'a node that does not accept a connection, or does not answer, within this time counts as lost',
    schema: wholeNumber(50, 600_000),
  }),
  ...TABLE_SETTINGS,
  LOG_LEVEL: row({
    default: 'info',
    about: 'trace, debug, info, warn, error, fatal, or silent',
    schema: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
  }),
  LOG_FORMAT: row({
    default: 'pretty',
    about: 'pretty (for people) or json (for programs)',
    schema: oneOf('pretty', 'json'),
  }),
  METRICS_PORT: row({
    default: '',
    about:
      'port of 127.0.0.1, or host:port, at which a service serves /metrics, /healthz, /readyz, and /events; different for each service on a machine; empty: off',
    schema: parsed((text): Node | undefined => (text === '' ? undefined : listenAddress(text))),
  }),
  SERVICE_NAME: row({
    default: '',
    about:
      "this service's name in logs and values; empty: the name of its folder. {hostname} stands for the host name, so that the names of several instances differ",
    schema: parsed(serviceName),
  }),
};
