/** Runs the whole system without Docker: three nodes, then the services, until Ctrl-C. */
import { SERVICES } from '../../common/services.ts';
import { clientSettings, printAccess } from './access.ts';
import { runCluster } from './cluster-of-three.ts';
import { ServiceProcess } from './service-process.ts';

await runCluster(
  'npm start',
  'Starts three local nodes and the services, until Ctrl-C.',
  async (cluster, cleanups) => {
    printAccess(cluster);
    const services = SERVICES.map(
      (name) =>
        new ServiceProcess(name, { HOME_NODE: '', METRICS_PORT: '', ...clientSettings(cluster, name) }),
    );
    cleanups.push(async () => {
      await Promise.all(services.map((service) => service.stop()));
    });
    await Promise.all(services.map(({ ended }) => ended));
  },
);
