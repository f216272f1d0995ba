/** Tests with damaged requests that a client of the gateway reaches no data beyond its rights. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { digestOf } from '../../operate/security/acl-file.ts';
import { encode } from '../../toolkit/node/resp.ts';
import { freePorts } from '../../toolkit/ports.ts';
import { connect as connectClient, startMesh } from '../helpers/nodes.ts';
import { RunningService } from '../helpers/service.ts';
import { temporaryFolder } from '../security/secure-mesh.ts';

const SECRET = 'kept secret';
const RULES = `
user reader on #${digestOf('password')} ~shop.* +TABLE.SELECT +TABLE.NAMESPACE.VIEW
user boss on #${digestOf('other password')} ~* +@all
`;

/** Requests that would read or change the secret, and those that change the state of a connection. */
const REQUESTS = [
  ...[
    'GET private',
    'SET private x',
    'DEL private',
    'GETSET private x',
    'EVAL return 0',
    'FLUSHALL',
    'DUMP private',
  ],
  ...[
    'TABLE.SELECT private.t',
    'TABLE.SELECT shop.t',
    'TABLE.NAMESPACE.VIEW',
    'TABLE.DROP private.t FORCE',
    'RESET',
  ],
  ...[
    'MULTI',
    'EXEC',
    'DISCARD',
    'SELECT 0',
    'SELECT 1',
    'HELLO 2',
    'HELLO 3',
    'CLIENT REPLY OFF',
    'CLIENT ID',
    'PING',
  ],
  ...[
    'AUTH reader password',
    'AUTH boss password',
    'HELLO 3 AUTH boss password',
    'HELLO 3 SETNAME AUTH AUTH boss x',
  ],
].map((line) => line.split(' '));

const LOGIN = encode([['AUTH', 'reader', 'password']]);

const request = fc
  .tuple(fc.constantFrom(...REQUESTS), fc.boolean())
  .map(([words, inline]) => (inline ? `${words.join(' ')}\r\n` : encode([words])));

/** Replaces, inserts, or removes bytes that matter to the protocol. */
const damage = fc.record({
  at: fc.nat(500),
  removed: fc.nat(3),
  added: fc.string({ unit: fc.constantFrom(...'*$\r\n0123 "\'\\-GET'), maxLength: 4 }),
});

const input = fc
  .tuple(fc.boolean(), fc.array(request, { minLength: 1, maxLength: 12 }), fc.array(damage, { maxLength: 3 }))
  .map(([loggedIn, requests, damages]) => {
    const damaged = damages.reduce(
      (text, { at, removed, added }) => text.slice(0, at) + added + text.slice(at + removed),
      requests.join(''),
    );
    return (loggedIn ? LOGIN : '') + damaged;
  });

test('damaged requests reach no data beyond the rights of a client', async (t) => {
  const mesh = await startMesh(t, 1);
  const node = await connectClient(t, mesh.nodes[0]?.options.port ?? 0);
  await node.mset('private', SECRET, 'schema:{private}', '1');
  await node.hset('schema:{private.t}', 'text', 'string');
  await node.hset('{private.t}:1', 'text', SECRET);
  await node.sadd('{private.t}:rows', '1');
  const file = join(await temporaryFolder(t), 'users');
  await writeFile(file, RULES);
  const [port = 0] = await freePorts(1);
  const env = { KEYDB_NODES: mesh.addresses, TABLE_PORT: String(port), TABLE_ACL_FILE: file };
  const { events } = new RunningService(t, 'table', env);
  await events.first({ event: 'home' });

  assert.match(
    await send(port, `${encode([['AUTH', 'boss', 'other password']])}GET private\r\n`),
    /kept secret/,
  );
  // Creates the registry, so that the number of keys stays the same.
  await send(port, `${LOGIN}TABLE.NAMESPACE.VIEW\r\n`);
  const before = await stateOf();
  await fc.assert(
    fc.asyncProperty(input, async (text) => {
      const replies = await send(port, text);
      assert.ok(!replies.includes(SECRET), JSON.stringify(text));
      assert.ok(!/private[:.]t/.test(replies.replaceAll(/^-.*$/gm, '')), JSON.stringify(text));
    }),
    { seed: 20_240_905, numRuns: 1_000 },
  );
  assert.deepEqual(await stateOf(), before);

  async function stateOf() {
    return [await node.get('private'), await node.hgetall('{private.t}:1'), await node.dbsize()];
  }
});

/** Sends text, then closes the sending side. @returns all replies. */
async function send(port: number, text: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => {});
  let received = '';
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1');
  });
  const closed = once(socket, 'close');
  socket.on('end', () => socket.destroy());
  socket.end(text, 'latin1');
  await closed;
  return received;
}
