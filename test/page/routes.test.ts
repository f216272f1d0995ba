/** What the monitor serves for the page, and which requests it rejects. The mesh is not needed. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { root } from '../../toolkit/root.ts';
import { RunningMonitor } from '../monitor/running-monitor.ts';

interface Answer {
  status: number | undefined;
  headers: IncomingMessage['headers'];
  body: string;
}

/** No node listens here, so that the monitor finds none. */
const NO_NODE = '127.0.0.1:9';
const JSON_TYPE = { 'content-type': 'application/json' };

test('the routes of the page', async (t) => {
  const monitor = await RunningMonitor.start(t, { KEYDB_NODES: NO_NODE });
  const { port } = monitor;

  async function ask(
    method: string,
    path: string,
    headers: OutgoingHttpHeaders = {},
    body = '',
  ): Promise<Answer> {
    const asked = request({ host: '127.0.0.1', port, method, path, headers, agent: false }).end(body);
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    if (path === '/live' && response.statusCode === 200) response.destroy();
    const answer = { status: response.statusCode, headers: response.headers };
    return { ...answer, body: await text(response).catch(() => '') };
  }

  await t.test('each file has its type, the content security policy, nosniff, and no-referrer', async () => {
    const files = readdirSync(join(root, 'monitor/page')).filter((name) => /\.(html|css|js|svg)$/.test(name));
    assert.ok(files.includes('index.html'));
    for (const path of ['/', ...files.map((name) => `/page/${name}`), '/page/uplot.js', '/page/uplot.css']) {
      const { status, headers, body } = await ask('GET', path);
      assert.equal(status, 200, path);
      assert.ok(body.length > 0, path);
      assert.match(
        headers['content-type'] ?? '',
        /^(text\/(html|css|javascript); charset=utf-8|image\/svg\+xml)$/,
      );
      assert.match(String(headers['content-security-policy']), /^default-src 'none'; script-src 'self'; /);
      assert.doesNotMatch(String(headers['content-security-policy']), /unsafe|http/);
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.equal(headers['referrer-policy'], 'no-referrer');
    }
  });

  await t.test('no path leaves the folder of the page', async () => {
    for (const path of ['/page/../main.ts', '/page/%2e%2e/main.ts', '/page/tsconfig.json', '/page/', '/page'])
      assert.equal((await ask('GET', path)).status, 404, path);
  });

  await t.test('the page answers only requests for this machine, by any of its names', async () => {
    for (const path of ['/', '/page/uplot.js', '/live']) {
      for (const host of [`127.0.0.1:${port}`, 'localhost', `LOCALHOST:${port}`, `[::1]:${port}`])
        assert.equal((await ask('GET', path, { host })).status, 200, `${path} ${host}`);
      for (const host of ['example.org', '127.0.0.1.example.org', `10.0.0.1:${port}`, '127.0.0.1:1:2'])
        assert.equal((await ask('GET', path, { host })).status, 403, `${path} ${host}`);
    }
  });

  await t.test('an action needs the origin of the page', async () => {
    const host = `127.0.0.1:${port}`;
    const post = async (headers: OutgoingHttpHeaders) =>
      (await ask('POST', '/actions/interval', { host, ...JSON_TYPE, ...headers }, '{}')).status;
    // The body is wrong, so a request that is not rejected is answered with 400.
    for (const headers of [
      {},
      { origin: `http://${host}` },
      { 'sec-fetch-site': 'same-origin' },
      { origin: `http://${host}`, 'sec-fetch-site': 'same-origin' },
    ])
      assert.equal(await post(headers), 400, JSON.stringify(headers));
    for (const headers of [
      { host: 'example.org' },
      { origin: 'http://example.org' },
      { origin: 'null' },
      { origin: `https://${host}` },
      { origin: `http://localhost:${port}` },
      { origin: 'http://127.0.0.1:1' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'none' },
    ])
      assert.equal(await post(headers), 403, JSON.stringify(headers));
  });

  await t.test('an action needs POST, JSON, and a valid body', async () => {
    assert.deepEqual(await bodyOf(ask('GET', '/actions/interval')), [405, 'only POST is allowed\n']);
    assert.deepEqual(await bodyOf(ask('POST', '/')), [405, 'only GET and HEAD are allowed\n']);
    const plain = { 'content-type': 'text/plain' };
    assert.equal((await ask('POST', '/actions/interval', plain, '{}')).status, 415);
    for (const [body, error] of [
      ['', /^body: /],
      ['{', /^body: /],
      ['[]', /^body: /],
      ['{"node":"a","seconds":0}', /^seconds: /],
      ['{"node":"a","seconds":3601}', /^seconds: /],
      ['{"node":"a","seconds":1.5}', /^seconds: /],
      ['{"node":"a","seconds":"1"}', /^seconds: /],
      ['{"node":"a"}', /^seconds: /],
      ['{"seconds":1}', /^node: /],
      ['{"node":"a","seconds":1,"more":1}', /^body: /],
      ['{"node":"a","seconds":1}', /^node: expected one of 127\.0\.0\.1:9$/],
      [JSON.stringify({ node: 'a'.repeat(2_000), seconds: 1 }), /^body: /],
    ] as const) {
      const { status, body: text } = await ask('POST', '/actions/interval', JSON_TYPE, body);
      assert.equal(status, 400, body);
      assert.match(text.trimEnd(), error, body);
    }
  });

  await t.test('an action that fails says why, with the remedy', async () => {
    const post = (name: string, body: unknown) =>
      bodyOf(ask('POST', `/actions/${name}`, JSON_TYPE, JSON.stringify(body)));
    assert.deepEqual(await post('interval', { node: NO_NODE, seconds: 1 }), [
      502,
      `node ${NO_NODE} refuses connections: check that it is running and that this is its port\n`,
    ]);
    const [status, write] = await post('write', {});
    assert.equal(status, 502);
    assert.match(write, /npm start/);
    const [, fault] = await post('fault', { action: 'kill', node: NO_NODE });
    assert.match(fault, /npm start -- --controls/);
  });

  await monitor.service.stop();
});

async function bodyOf(answer: Promise<Answer>): Promise<[number | undefined, string]> {
  const { status, body } = await answer;
  return [status, body];
}
