/** Parses the text of INFO of KeyDB, Redis, and Valkey. Pure. */

export interface ReplicaLink {
  /** Address from the master's view, for messages. */
  name: string;
  port: number;
  online: boolean;
  /** Offset in the master's stream that this replica has confirmed as applied, in bytes. */
  offset: number;
  /** Time since its last confirmation, in seconds. */
  lagSeconds: number;
}

export interface MasterLink {
  host: string;
  port: number;
  up: boolean;
  /** Whether a full resynchronization is running. */
  syncing: boolean;
}

export interface Info {
  /** All fields, by name. If a name occurs more than once, such as slave_repl_offset, the last value. */
  fields: ReadonlyMap<string, string>;
  /** Unique per process. */
  runId: string;
  version: string;
  /** `master`, `slave`, or for KeyDB nodes with both kinds of links `active-replica`. */
  role: string;
  /** Whether the node is a replica that rejects writes. */
  readOnly: boolean;
  /** Port that the node listens on. Clients may use a different port to reach it. */
  port: number;
  loading: boolean;
  /** Whether the node saves a snapshot. Also true without the section `persistence`. */
  saving: boolean;
  /** Whether the last snapshot was saved. */
  saved: boolean;
  /** End offset of the stream to this node's replicas, in bytes. Comparable only with their `offset`. */
  offset: number;
  replicas: ReplicaLink[];
  masters: MasterLink[];
  /** Number of keys per database, including expired keys that are not deleted yet. */
  databases: Map<number, number>;
  /** Number of keys in all databases. */
  keys: number;
  /** CPU time of all threads of the node so far, in seconds. */
  cpuSeconds: number;
  /** Bytes received from clients and peers so far. */
  receivedBytes: number;
}

/** Parses the text of INFO. Missing sections leave their fields empty or 0. */
export function parseInfo(text: string): Info {
  const fields = new Map(
    Array.from(text.matchAll(/^(\w+):(.*?)\r?$/gm), ([, name = '', value = '']) => [name, value]),
  );
  const number = (name: string) => Number(fields.get(name) ?? 0);
  const databases = new Map(
    numbered(fields, /^db(\d+)$/).map(([db, value]) => [Number(db), Number(partsOf(value).get('keys'))]),
  );
  return {
    fields,
    runId: fields.get('run_id') ?? '',
    version: fields.get('redis_version') ?? '',
    role: fields.get('role') ?? '',
    readOnly: fields.get('slave_read_only') === '1',
    port: number('tcp_port') || number('tls_port'),
    loading: fields.get('loading') === '1',
    saving: fields.get('rdb_bgsave_in_progress') !== '0',
    saved: fields.get('rdb_last_bgsave_status') === 'ok',
    offset: number('master_repl_offset'),
    replicas: numbered(fields, /^slave(\d+)$/).map(([, value]) => parseReplica(partsOf(value))),
    // KeyDB numbers the links to its masters: master_host, master_1_host, master_2_host. Redis has only the first.
    masters: numbered(fields, /^master_(\d+_)?host$/).map(([prefix, host]) => ({
      host,
      port: number(`master_${prefix}port`),
      up: fields.get(`master_${prefix}link_status`) === 'up',
      syncing: fields.get(`master_${prefix}sync_in_progress`) === '1',
    })),
    databases,
    keys: [...databases.values()].reduce((sum, keys) => sum + keys, 0),
    cpuSeconds: number('used_cpu_user') + number('used_cpu_sys'),
    receivedBytes: number('total_net_input_bytes'),
  };
}

/** Returns whether a node has this number of masters, with all links up, and this number of online replicas. */
export function hasLinks({ masters, replicas }: Info, from: number, to: number): boolean {
  const [up, online] = [masters.filter((link) => link.up), replicas.filter((link) => link.online)];
  return up.length === from && online.length === to;
}

/** Returns how many times all clients have called a command, according to the section `commandstats`. */
export function callsOf({ fields }: Info, command: string): number {
  return Number(partsOf(fields.get(`cmdstat_${command}`) ?? '').get('calls') ?? 0);
}

/** Returns the number and the value of each field whose name matches. */
function numbered(fields: ReadonlyMap<string, string>, name: RegExp): [number: string, value: string][] {
  return [...fields].flatMap(([field, value]) => {
    const match = name.exec(field);
    return match ? [[match[1] ?? '', value]] : [];
  });
}

/** Parses `name=value,name=value`. */
function partsOf(value: string): Map<string, string> {
  return new Map(value.split(',').map((part) => part.split('=', 2) as [string, string]));
}

function parseReplica(parts: Map<string, string>): ReplicaLink {
  return {
    name: `${parts.get('ip')}:${parts.get('port')}`,
    port: Number(parts.get('port')),
    online: parts.get('state') === 'online',
    offset: Number(parts.get('offset')),
    lagSeconds: Number(parts.get('lag')),
  };
}
