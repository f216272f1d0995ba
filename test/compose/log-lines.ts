/** Checks the log lines of the services. */
import assert from 'node:assert/strict';
import { OBSERVERS, SERVICES } from '../../common/services.ts';
import { eventually } from '../helpers/eventually.ts';
import { NODES, type Stack } from './stack.ts';

const VALUE = 'Writer seq \\d+ micros \\d{16} timestamp \\d{10}';

/** Waits until each service has logged each of its steps. */
export async function assertStepsLogged(stack: Stack): Promise<void> {
  const lines: Record<string, RegExp[]> = {
    writer: [
      /Starting writer/,
      new RegExp(`writer set shared_key: ${VALUE}`),
      ...OBSERVERS.map(
        (name) =>
          new RegExp(`writer got handshake from ${name} for seq \\d+, Round trip: \\d+\\.\\d{6} seconds`),
      ),
    ],
    ...Object.fromEntries(OBSERVERS.map((name) => [name, observerLines(name)])),
  };
  await eventually(async () => {
    for (const service of SERVICES) {
      const log = await stack.logs(service);
      for (const line of lines[service] ?? []) assert.match(log, line);
    }
  });
}

/** Levels of services and nodes. A line about clocks contains "Error: 0.000123 seconds". */
const PROBLEM = /\b(WARN|Warn|ERROR:|FATAL|Fatal)/;
/** Warnings about the host's kernel settings, which a container cannot change. */
const OF_THE_MACHINE = /WARNING overcommit_memory is set to 0!/;

export async function assertNoWarnings(stack: Stack): Promise<void> {
  for (const name of [...NODES, ...SERVICES]) {
    const lines = (await stack.logs(name)).split('\n');
    assert.deepEqual(
      lines.filter((line) => PROBLEM.test(line) && !OF_THE_MACHINE.test(line)),
      [],
      name,
    );
  }
}

function observerLines(name: string): RegExp[] {
  const handshake = `Handshake from ${name} for Writer seq \\d+`;
  return [
    new RegExp(`Starting ${name}`),
    new RegExp(`${name} read shared_key: ${VALUE}, Time difference: -?\\d+\\.\\d{6} seconds`),
    new RegExp(`${name} set handshake_key:${name}: ${handshake}`),
  ];
}
