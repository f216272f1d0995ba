/** The whole system without Docker: three nodes, then the three services, until Ctrl-C. */
import { SERVICES } from '../common/settings.ts';
import { startCluster } from './cluster-of-three.ts';
import { readOptions } from './options.ts';
import { ServiceProcess } from './service-process.ts';
import { runUntilSignal } from './until-signal.ts';

/** The local nodes ask for no password, whatever the .env of another cluster says. */
const OPEN = {
  HOME_NODE: '',
  KEYDB_USERNAME: '',
  KEYDB_PASSWORD: '',
  KEYDB_PASSWORD_FILE: '',
  KEYDB_TLS: '',
  KEYDB_TLS_CA: '',
};

const options = readOptions('npm start --', 'Starts three local nodes and the three services, until Ctrl-C.');
await runUntilSignal(async (cleanups) => {
  const mesh = await startCluster(options, cleanups);
  const services = SERVICES.map((name) => ({
    name,
    process: new ServiceProcess(name, { ...OPEN, KEYDB_NODES: mesh.writable }),
  }));
  cleanups.push(async () => {
    await Promise.all(services.map(({ process }) => process.stop()));
  });
  const ends = services.map(
    async ({ name, process }) => `${name} ended with ${await process.ended}: see above`,
  );
  throw new Error(await Promise.race(ends));
});
