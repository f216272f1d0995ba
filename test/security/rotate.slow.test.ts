/** Tests the rotation of certificates and passwords during writes: no client is locked out, and no write is lost. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { connect } from 'node:tls';
import { OBSERVERS, SERVICES } from '../../common/services.ts';
import { connectAs } from '../../operate/security/admin-connections.ts';
import { readPasswords, writePasswords } from '../../operate/security/passwords.ts';
import { USER_NAMES } from '../../operate/security/users.ts';
import { parseInfo } from '../../toolkit/node/info.ts';
import { startEntry } from '../helpers/entry.ts';
import { eventually } from '../helpers/eventually.ts';
import { RunningService } from '../helpers/service.ts';
import {
  addressOf,
  clientOf,
  rotate,
  type SecureMesh,
  startSecureMesh,
  temporaryFolder,
  temporarySecrets,
} from './secure-mesh.ts';

test('rotation under writes', async (t) => {
  const secure = await startSecureMesh(t, 3);
  const { mesh, secrets } = secure;
  const services = SERVICES.map(
    (service) => new RunningService(t, service, { ...secure.settings(service), WRITE_INTERVAL_MS: '50' }),
  );
  const [writer] = services;
  assert.ok(writer);
  await bothShakeHands(writer);
  const before = {
    passwords: await readPasswords(secrets),
    serials: await serialsShown(secure),
    syncs: await fullSyncs(t, secure),
  };

  const keys = writeKeys(t, secure);
  await eventually(() => assert.ok(keys.acknowledged.length > 100));
  const rotated = await rotate(secure);
  assert.equal(rotated.exitCode, 0, rotated.stderr);
  const duringRotation = keys.acknowledged.length;
  await eventually(() => assert.ok(keys.acknowledged.length > duringRotation + 100));
  await keys.stop();

  await t.test('services continue, and log only reconnections', async () => {
    await bothShakeHands(writer);
    await writer.stop();
    const last = writer.events.like({ event: 'write' }).at(-1)?.seq;
    for (const observer of services.slice(1)) {
      await observer.events.first({ event: 'handshake', seq: last });
      await observer.stop();
    }
    const logged = services.flatMap(({ events }) => events.all);
    const warnings = logged.filter(({ level, event }) => Number(level) >= 40 && event !== 'lost');
    assert.deepEqual(warnings, []);
    for (const { reason } of logged.filter(({ event }) => event === 'lost')) {
      // These are the errors of a closed connection. A rejected password has a different one.
      assert.match(String(reason), /closed|ECONNRESET|EPIPE|Stream isn't writeable/);
    }
  });

  await t.test(
    'no write is lost: all nodes have each acknowledged key and the last write, and do not differ',
    async (t) => {
      for (const node of mesh.nodes) {
        const client = await clientOf(t, secure, 'admin', node);
        await eventually(async () =>
          assert.equal(await client.exists(...keys.acknowledged), keys.acknowledged.length, node.address),
        );
      }
      const writes = writer.events.like({ event: 'write' });
      const last = `seq ${writes.at(-1)?.seq} `;
      for (const node of mesh.nodes) {
        const client = await clientOf(t, secure, 'verifier', node);
        for (const key of ['shared_key', 'handshake_key:sync-observer', 'handshake_key:async-observer']) {
          assert.ok(
            (await client.get(key))?.includes(last),
            `${node.address} ${key}: ${await client.get(key)}, not ${last}`,
          );
        }
      }
      const verified = await startEntry('lab/verifier/main', [], {
        ...secure.settings('verifier'),
        KEYDB_NODES: mesh.addresses,
      });
      assert.equal(verified.exitCode, 0, verified.stdout);
    },
  );

  await t.test('links are re-established without a full resynchronization', async (t) => {
    assert.deepEqual(await fullSyncs(t, secure), before.syncs);
  });

  await t.test('every node uses a new certificate', async () => {
    const serials = await serialsShown(secure);
    assert.equal(new Set([...serials, ...before.serials]).size, 2 * mesh.nodes.length);
  });

  await t.test('the files contain the new passwords, and the nodes reject the old ones', async (t) => {
    const now = await readPasswords(secrets);
    const old = await temporarySecrets(t);
    await writePasswords(old, before.passwords);
    await copyFile(secrets.caCertificate, old.caCertificate);
    for (const node of mesh.nodes) {
      for (const user of USER_NAMES) {
        assert.notEqual(now[user], before.passwords[user]);
        (await connectAs(secrets, user, addressOf(node))).disconnect();
        await assert.rejects(connectAs(old, user, addressOf(node)), /WRONGPASS/);
      }
    }
  });

  await t.test('a restarted node uses the new passwords, and its links come up', async () => {
    const node = mesh.nodes.at(-1);
    await node?.stop();
    await node?.start();
    await mesh.complete();
  });
});

test('rotates in two steps for clients that do not read the files', async (t) => {
  const secure = await startSecureMesh(t, 2);
  const [node] = secure.mesh.nodes;
  assert.ok(node);
  const old = (await readPasswords(secure.secrets)).writer;
  const getsIn = async (password: string) => {
    const client = await clientOf(t, secure, 'monitor', node);
    return client.call('AUTH', 'writer', password).then(
      () => true,
      () => false,
    );
  };
  // Counts how often the files are distributed.
  const count = join(await temporaryFolder(t), 'count');
  const kept = await rotate(
    secure,
    '--keep-old',
    '--certificates',
    '--distribute',
    `echo once >> '${count}'`,
  );
  assert.equal(kept.exitCode, 0, kept.stderr);
  assert.equal(await readFile(count, 'utf8'), 'once\nonce\n');
  const now = (await readPasswords(secure.secrets)).writer;
  assert.deepEqual([await getsIn(old), await getsIn(now)], [true, true]);
  assert.equal((await rotate(secure, '--drop-old')).exitCode, 0);
  assert.deepEqual([await getsIn(old), await getsIn(now)], [false, true]);

  await t.test('changes nothing if a node is unreachable', async () => {
    const [, second] = secure.mesh.nodes;
    await second?.stop();
    const rejected = await rotate(secure);
    assert.equal(rejected.exitCode, 2);
    assert.match(
      rejected.stderr,
      new RegExp(`^node ${second?.address} cannot be reached as admin .*all nodes must be reachable`),
    );
    assert.equal((await readPasswords(secure.secrets)).writer, now);
    assert.equal(await getsIn(now), true);
  });
});

/** Writes one new key after another to the first node as admin, and reconnects after each loss. */
function writeKeys(t: TestContext, { mesh, secrets }: SecureMesh) {
  const [node] = mesh.nodes;
  assert.ok(node);
  const acknowledged: string[] = [];
  let running = true;
  const work = (async () => {
    while (running) {
      const client = await eventually(() => connectAs(secrets, 'admin', addressOf(node)));
      try {
        for (let i = acknowledged.length; running; i += 1) {
          await client.set(`written:${i}`, i);
          acknowledged.push(`written:${i}`);
        }
      } catch {
        // A write without a reply has an unknown outcome, so it is sent again.
      } finally {
        client.disconnect();
      }
    }
  })();
  const stop = () => {
    running = false;
    return work;
  };
  t.after(stop);
  return { acknowledged, stop };
}

/** Waits until both observers have sent a handshake for a later write. */
async function bothShakeHands(writer: RunningService): Promise<void> {
  const last = Number(writer.events.like({ event: 'write' }).at(-1)?.seq ?? 0);
  for (const observer of OBSERVERS) {
    const hasHandshake = () =>
      writer.events.like({ event: 'handshake', observer }).find(({ seq }) => Number(seq) > last + 1);
    await eventually(() => assert.ok(hasHandshake(), `no handshake of ${observer} after ${last}`));
  }
}

async function serialsShown({ mesh, secrets }: SecureMesh): Promise<string[]> {
  const ca = await readFile(secrets.caCertificate);
  return Promise.all(
    mesh.nodes.map(async ({ options: { port } }) => {
      const socket = connect({ host: '127.0.0.1', port, ca });
      await once(socket, 'secureConnect');
      const { serialNumber } = socket.getPeerCertificate();
      socket.destroy();
      return serialNumber;
    }),
  );
}

/** Returns the number of full resynchronizations that each node has served. */
async function fullSyncs(t: TestContext, secure: SecureMesh): Promise<string[]> {
  return Promise.all(
    secure.mesh.nodes.map(async (node) => {
      const client = await clientOf(t, secure, 'monitor', node);
      return parseInfo(await client.info('stats')).fields.get('sync_full') ?? 'unknown';
    }),
  );
}
