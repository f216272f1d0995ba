/**
 * The services: a folder with a `main.ts`, and one row here. The name of the row is also the name of the folder, of the
 * ACL user and its password file, of the npm script, and of the Compose service. docs/services.md lists what to add.
 */

export interface ServiceRow {
  /** What the service does with the keys. Its ACL rights follow from this: operate/security/users.ts. */
  role: 'writer' | 'observer';
  /** Its home node: the position in KEYDB_NODES, from 1. On a shorter list, counting continues at the first node. */
  home: number;
  /** The npm package with which it connects to nodes. */
  client: 'ioredis' | 'redis';
  /** The color of its lines with `npm start`. */
  color: 'green' | 'cyan' | 'magenta' | 'yellow' | 'blue';
}

const TABLE = {
  writer: { role: 'writer', home: 1, client: 'ioredis', color: 'green' },
  'sync-observer': { role: 'observer', home: 2, client: 'ioredis', color: 'cyan' },
  'async-observer': { role: 'observer', home: 3, client: 'redis', color: 'magenta' },
} as const satisfies Record<string, ServiceRow>;

export type Service = keyof typeof TABLE;
export const SERVICE_TABLE: Record<Service, ServiceRow> = TABLE;
export const SERVICES = Object.keys(TABLE) as Service[];
export const OBSERVERS = SERVICES.filter((service) => SERVICE_TABLE[service].role === 'observer');

/**
 * Node.js flags for a service. Under load, V8 lets the space for new objects grow up to 48 MB and keeps it. These services
 * have few objects, so 6 MB (three times this) are enough. If a hostile server makes a service allocate more than the heap
 * limit, the service exits before the machine's memory is exhausted.
 */
export const SERVICE_FLAGS = ['--enable-source-maps', '--max-semi-space-size=2', '--max-old-space-size=96'];
