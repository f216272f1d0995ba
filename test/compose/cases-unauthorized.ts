/** Checks which clients the published ports accept and reject. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { rootCertificates } from 'node:tls';
import type { SecretsFolder } from '../../operate/security/secrets-folder.ts';
import type { Case } from './cases-brought-up.ts';
import { ask } from './mesh-state.ts';
import { NODES } from './stack.ts';

export function unauthorizedCases(secrets: SecretsFolder): Record<string, Case> {
  const ca = () => readFile(secrets.caCertificate, 'utf8');
  const password = (user: 'verifier' | 'monitor') => readFile(secrets.password(user), 'utf8');
  return {
    'rejects clients without TLS': async (stack) => {
      for (const node of NODES) {
        const socket = connect(stack.port(node), '127.0.0.1');
        let answer = '';
        socket.on('data', (data) => {
          answer += data;
        });
        socket.on('error', () => {});
        socket.write('PING\r\n');
        await once(socket, 'close');
        assert.doesNotMatch(answer, /PONG|NOAUTH/, node);
      }
    },

    'rejects every command of a client with missing or wrong credentials': async (stack) => {
      const tls = { ca: await ca() };
      for (const node of NODES) {
        await assert.rejects(ask(stack, node, { tls }), /NOAUTH/, node);
        await assert.rejects(
          ask(stack, node, { tls, username: 'verifier', password: 'wrong' }),
          /WRONGPASS/,
          node,
        );
        await assert.rejects(
          ask(stack, node, { tls, username: 'default', password: await password('verifier') }),
          /WRONGPASS/,
          node,
        );
      }
    },

    'a client that trusts another authority does not connect': async (stack) => {
      const access = { username: 'verifier', password: await password('verifier') };
      for (const node of NODES) {
        await assert.rejects(
          ask(stack, node, { ...access, tls: { ca: [...rootCertificates] } }),
          /self.signed certificate|unable to (get|verify)/,
          node,
        );
      }
    },

    'a user authenticates, and can run only the permitted commands': async (stack) => {
      const tls = { ca: await ca() };
      for (const node of NODES) {
        const verifier = { tls, username: 'verifier', password: await password('verifier') };
        assert.match(String(await ask(stack, node, verifier, 'GET', 'shared_key')), /^Writer seq /);
        await assert.rejects(ask(stack, node, verifier, 'SET', 'shared_key', 'x'), /NOPERM/, node);
        const monitor = { tls, username: 'monitor', password: await password('monitor') };
        await assert.rejects(ask(stack, node, monitor, 'SET', 'shared_key', 'x'), /NOPERM/, node);
      }
    },
  };
}
