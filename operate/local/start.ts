/** Runs the whole system without Docker: three nodes, then the services, until Ctrl-C. */
import { SERVICES } from '../../common/services.ts';
import { clientSettings, printAccess } from './access.ts';
import { runCluster } from './cluster-of-three.ts';
import { say } from './console.ts';
import { metricsPorts, type Program } from './metrics-ports.ts';
import { monitorOption } from './options.ts';
import { ServiceProcess } from './service-process.ts';

await runCluster(
  'npm start',
  'Starts three local nodes and the services, until Ctrl-C.',
  async (cluster, cleanups) => {
    printAccess(cluster);
    const ports = metricsPorts(cluster.options);
    for (const [name, port] of ports) say(name, `serves http://127.0.0.1:${port}/metrics`);
    const programs: Program[] = cluster.options.monitor ? [...SERVICES, 'monitor'] : SERVICES;
    const processes = programs.map((name) => {
      const own = { HOME_NODE: '', PEER_NAMES: '', METRICS_PORT: `${ports.get(name) ?? ''}` };
      return new ServiceProcess(name, { ...own, ...clientSettings(cluster, name) });
    });
    cleanups.push(async () => {
      await Promise.all(processes.map((one) => one.stop()));
    });
    await Promise.all(processes.map(({ ended }) => ended));
  },
  [monitorOption],
);
