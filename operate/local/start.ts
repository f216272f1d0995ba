/** Runs the whole system without Docker: three nodes, then the services and the monitor, until Ctrl-C. */
import { SERVICES } from '../../common/services.ts';
import { clientSettings, printAccess } from './access.ts';
import { type Cluster, runCluster } from './cluster-of-three.ts';
import { say } from './console.ts';
import { Controls } from './controls.ts';
import { Faults } from './faults.ts';
import { startOptions } from './options.ts';
import { metricsPorts, type Program } from './ports.ts';
import { type Connect, ServiceProcess } from './service-process.ts';

await runCluster(
  'npm start',
  'Starts three local nodes, the services, and the monitor with the live page, until Ctrl-C.',
  async (cluster, cleanups) => {
    printAccess(cluster);
    const ports = metricsPorts(cluster.options);
    for (const [name, port] of ports) say(name, `serves http://127.0.0.1:${port}/metrics`);
    const start = (name: Program, connect?: Connect) =>
      new ServiceProcess(name, settingsOf(cluster, name, ports), connect);

    const faults = faultsOn(cluster);
    const services = new Map(SERVICES.map((name) => [name, start(name)]));
    const processes = [...services.values()];
    const controls = new Controls(services.get('writer'), faults);
    if (ports.has('monitor')) {
      say('monitor', `Live page: http://127.0.0.1:${ports.get('monitor')}`);
      processes.push(start('monitor', (send) => controls.connect(send)));
    }
    cleanups.push(async () => {
      await Promise.all([faults?.stop(), ...processes.map((one) => one.stop())]);
    });
    await Promise.all(processes.map(({ ended }) => ended));
  },
  startOptions,
);

function settingsOf(cluster: Cluster, name: Program, ports: Map<Program, number>): Record<string, string> {
  const METRICS_PORT = `${ports.get(name) ?? ''}`;
  const services = SERVICES.flatMap((service) => ports.get(service) ?? []);
  const SERVICE_ADDRESSES = services.map((port) => `127.0.0.1:${port}`).join();
  const own = { HOME_NODE: '', PEER_NAMES: cluster.links?.names ?? '', METRICS_PORT, SERVICE_ADDRESSES };
  return { ...own, ...clientSettings(cluster, name) };
}

function faultsOn({ mesh, links, options: { controls: seconds } }: Cluster): Faults | undefined {
  if (!links || seconds === undefined) return undefined;
  return new Faults({ mesh, links, seconds, say: (line) => say('cluster', line) });
}
