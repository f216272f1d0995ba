/** Listens for clients, with TLS if TABLE_TLS_CERT is set. New connections use a renewed certificate without a restart. */
import { unwatchFile, watchFile } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';
import type { Logger } from '../common/logger.ts';
import { SettingsError } from '../common/settings.ts';
import { shown } from '../common/value.ts';
import { type TableSettings, tlsOptions } from './settings.ts';

/** A client that has not finished its TLS handshake after this time is disconnected, in milliseconds. */
const HANDSHAKE_MS = 10_000;
/** Interval of TCP's own probes on a quiet connection, in milliseconds: the default of the servers. */
const KEEP_ALIVE_MS = 300_000;
/** Interval between two looks at the file of the certificate, in milliseconds. */
const POLL_MS = 1_000;

/** @throws SettingsError if a file of TABLE_TLS_… cannot be used. */
export function createListener(
  settings: TableSettings,
  log: Logger,
  onClient: (socket: Socket) => void,
): Server {
  // A client may close its side before it has read all replies.
  const options = {
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_MS,
  };
  const tls = tlsOptions(settings);
  if (tls === undefined) return createServer(options, onClient);
  try {
    const server = createTlsServer({ ...options, ...tls, handshakeTimeout: HANDSHAKE_MS }, onClient);
    followCertificate(server, settings, log);
    return server;
  } catch (error) {
    throw new SettingsError([
      `TABLE_TLS_CERT: expected a certificate, and TABLE_TLS_KEY its key, both as PEM (${shown((error as Error).message)})`,
    ]);
  }
}

/** Reads the files again after each change of the certificate, which must be written after its key. */
function followCertificate(server: TlsServer, settings: TableSettings, log: Logger): void {
  const { TABLE_TLS_CERT: file, SERVICE_NAME: service } = settings;
  const onChange = () => {
    try {
      server.setSecureContext(tlsOptions(settings) ?? {});
      log.info({ event: 'certificate' }, `${service} uses the new certificate in ${file}`);
    } catch (error) {
      const reason = shown((error as Error).message);
      log.warn({ event: 'certificate', reason }, `${service} keeps its previous certificate: ${reason}`);
    }
  };
  watchFile(file, { interval: POLL_MS, persistent: false }, onChange);
  server.on('close', () => unwatchFile(file, onChange));
}
