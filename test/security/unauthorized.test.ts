/** Tests unauthorized clients: no or wrong credentials, plain text, or a certificate of another authority. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { copyFile, readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { SERVICES } from '../../common/services.ts';
import { NodeProcess } from '../../operate/local/node-process.ts';
import { nodeSecurity } from '../../operate/security/node-security.ts';
import { parseInfo } from '../../toolkit/node/info.ts';
import { freePorts } from '../../toolkit/ports.ts';
import { eventually } from '../helpers/eventually.ts';
import { engine } from '../helpers/nodes.ts';
import { RunningService } from '../helpers/service.ts';
import { clientOf, startSecureMesh, temporaryFolder, temporarySecrets } from './secure-mesh.ts';

test('unauthorized clients of a secure node', async (t) => {
  const secure = await startSecureMesh(t, 1);
  const [node] = secure.mesh.nodes;
  assert.ok(node);
  const { port } = node.options;
  const other = await temporarySecrets(t);
  const ca = await readFile(secure.secrets.caCertificate);

  await t.test('rejects every command without credentials', async () => {
    const commands = [
      'PING',
      'GET shared_key',
      'INFO',
      'SUBSCRIBE __keyevent@0__:set',
      'PSYNC ? -1',
      'CONFIG GET *',
    ];
    for (const command of commands) {
      assert.match(await answer(connectTls({ host: '127.0.0.1', port, ca }), command), /^-NOAUTH /, command);
    }
    for (const command of [
      'AUTH wrong',
      'AUTH default wrong',
      'AUTH writer wrong',
      'HELLO 3 AUTH admin wrong',
    ]) {
      const reply = await answer(connectTls({ host: '127.0.0.1', port, ca }), command);
      assert.match(reply, /^-WRONGPASS /, command);
    }
  });

  await t.test('rejects clients in plain text or with an older TLS version', async () => {
    const plain = await answer(connect({ host: '127.0.0.1', port }), 'PING');
    assert.ok(!plain.includes('PONG') && !plain.includes('NOAUTH'), plain);
    const old = connectTls({ host: '127.0.0.1', port, ca, maxVersion: 'TLSv1.2' });
    await assert.rejects(once(old, 'secureConnect'), /protocol version|alert/);
  });

  for (const service of SERVICES) {
    await t.test(`${service}: rejects a node of another authority, and sends it no password`, async (t) => {
      const running = start(t, service, { KEYDB_TLS_CA: other.caCertificate });
      assert.match(String((await running.events.first({ event: 'lost' })).reason), /certificate/);
      await stopUnconnected(running);
    });
    await t.test(`${service}: is rejected with a wrong password, and does not log it`, async (t) => {
      const file = other.password(service);
      const running = start(t, service, { KEYDB_PASSWORD_FILE: file });
      const { reason } = await running.events.first({ event: 'lost' });
      assert.match(String(reason), /WRONGPASS/);
      const password = await readFile(file, 'utf8');
      assert.ok(!JSON.stringify(running.events.all).includes(password));
      await stopUnconnected(running);
    });
  }

  await t.test(
    'a node of another authority neither sends nor receives data, even with the right password',
    async (t) => {
      await copyFile(secure.secrets.replicationConf, other.replicationConf);
      const [foreignPort = 0] = await freePorts(1);
      const foreign = new NodeProcess({
        engine,
        port: foreignPort,
        folder: join(await temporaryFolder(t), 'node'),
        replicaOf: [port],
        security: nodeSecurity(other, 0),
      });
      t.after(() => foreign.stop());
      await foreign.start();
      await eventually(async () =>
        assert.match(await readFile(foreign.logFile, 'utf8'), /certificate verify failed/),
      );
      const monitor = await clientOf(t, secure, 'monitor', node);
      assert.deepEqual(parseInfo(await monitor.info('replication')).replicas, []);
    },
  );

  function start(t: TestContext, service: (typeof SERVICES)[number], changed: Record<string, string>) {
    return new RunningService(t, service, { ...secure.settings(service), ...changed });
  }
});

async function stopUnconnected(running: RunningService): Promise<void> {
  assert.deepEqual(running.events.like({ event: 'connected' }), []);
  await running.stop();
}

/** Returns a node's first reply to a line, or the error that ended the connection. */
async function answer(socket: Socket, line: string): Promise<string> {
  socket.write(`${line}\r\n`);
  try {
    const [data] = await Promise.race([once(socket, 'data'), once(socket, 'close')]);
    return String(data);
  } catch (error) {
    return (error as Error).message;
  } finally {
    socket.destroy();
  }
}
