/** The table of services, and the files that cannot read it: npm scripts, Dockerfile, Compose files. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { SERVICE_FLAGS, SERVICES } from '../../common/services.ts';
import { root } from '../../toolkit/root.ts';

const [, ...heapFlags] = SERVICE_FLAGS;

/** The lines that each file has for a service. */
const LINES: Record<string, (name: string) => string[]> = {
  'package.json': (name) => [
    `    "${name}": "exec node ${heapFlags.join(' ')} toolkit/run.mjs ${name}/main",`,
  ],
  'docker-compose.yaml': (name) => [
    `  ${name}:\n    <<: *service\n    command: [dist/${name}/main.js]\n    environment: { <<: *settings, SERVICE_NAME: '\${${variable(name)}:-${name}}' }`,
  ],
  'docker-compose.secure.yaml': (name) => [
    `      - ${name}`,
    `      - secrets_${name}:/distributed/${name}`,
    `  ${name}:\n    environment: { <<: *settings, KEYDB_USERNAME: ${name} }\n    volumes: ['secrets_${name}:/run/secrets:ro']`,
    `  ${name}: { file: '\${SECRETS:-./secrets}/passwords/${name}' }`,
    `  secrets_${name}:`,
  ],
};

for (const [file, linesOf] of Object.entries(LINES)) {
  test(`${file} has the lines of each service of common/services.ts`, () => {
    const text = `\n${read(file)}`;
    for (const name of SERVICES) {
      for (const lines of linesOf(name))
        assert.ok(text.includes(`\n${lines}\n`), `${file} lacks these lines for ${name}:\n${lines}`);
    }
  });
}

test('each service of Compose, except the monitor and the gateway, has a row in common/services.ts, and a folder', () => {
  const composed = [...read('docker-compose.yaml').matchAll(/command: \[dist\/(.*)\/main\.js\]/g)];
  assert.deepEqual(composed.map(([, name]) => name).sort(), ['monitor', 'table', ...SERVICES].sort());
  for (const name of SERVICES)
    assert.ok(existsSync(join(root, name, 'main.ts')), `there is no ${name}/main.ts`);
});

test('the Dockerfile starts a service with the flags of common/services.ts', () => {
  const command = ['node', ...SERVICE_FLAGS].map((word) => `"${word}"`).join(', ');
  assert.ok(read('Dockerfile').includes(`\nENTRYPOINT [${command}]\n`), command);
});

function variable(name: string): string {
  return `${name.toUpperCase().replaceAll('-', '_')}_NAME`;
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}
