/** Parses the relevant fields of INFO. Pure. */

export interface ReplicaLink {
  /** Address from the master's view, for messages. */
  name: string;
  port: number;
  online: boolean;
  /** Offset in the master's stream that this replica has confirmed as applied, in bytes. */
  offset: number;
}

export interface MasterLink {
  host: string;
  port: number;
  up: boolean;
}

export interface Info {
  runId: string;
  /** Port that the node listens on. Clients may use a different port to reach it. */
  port: number;
  loading: boolean;
  /** End offset of the stream to this node's replicas, in bytes. Comparable only with their `offset`. */
  offset: number;
  replicas: ReplicaLink[];
  masters: MasterLink[];
  /** Number of keys per database, including expired keys that are not deleted yet. */
  databases: Map<number, number>;
}

/** Parses the text of INFO. Missing sections leave their fields empty. */
export function parseInfo(text: string): Info {
  return {
    runId: field(text, 'run_id') ?? '',
    port: Number(field(text, 'tcp_port') ?? 0) || Number(field(text, 'tls_port') ?? 0),
    loading: field(text, 'loading') === '1',
    offset: Number(field(text, 'master_repl_offset') ?? 0),
    replicas: parseReplicas(text),
    masters: parseMasters(text),
    databases: new Map(
      Array.from(text.matchAll(/^db(\d+):keys=(\d+)/gm), ([, db, keys]) => [Number(db), Number(keys)]),
    ),
  };
}

function field(text: string, name: string): string | undefined {
  return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(text)?.[1];
}

function parseReplicas(text: string): ReplicaLink[] {
  return Array.from(text.matchAll(/^slave\d+:(.*?)\r?$/gm), ([, line = '']) => {
    const parts = new Map(line.split(',').map((part) => part.split('=', 2) as [string, string]));
    return {
      name: `${parts.get('ip')}:${parts.get('port')}`,
      port: Number(parts.get('port')),
      online: parts.get('state') === 'online',
      offset: Number(parts.get('offset')),
    };
  });
}

/** KeyDB numbers the links to its masters: master_host, master_1_host, master_2_host. Redis has only the first. */
function parseMasters(text: string): MasterLink[] {
  return Array.from(text.matchAll(/^master_(\d+_)?host:(.*?)\r?$/gm), ([, number = '', host = '']) => ({
    host,
    port: Number(field(text, `master_${number}port`)),
    up: field(text, `master_${number}link_status`) === 'up',
  }));
}
