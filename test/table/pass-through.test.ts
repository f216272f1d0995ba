/** Everything except TABLE commands passes through the gateway as if the client were connected to the node. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectSocket, type Socket } from 'node:net';
import { after, type TestContext, test } from 'node:test';
import { encode } from '../../toolkit/node/resp.ts';
import { eventually } from '../helpers/eventually.ts';
import { connect, startMesh } from '../helpers/nodes.ts';
import { startGateway } from './gateway.ts';
import { RawClient, type Statement } from './raw-client.ts';

const mesh = await startMesh({ after }, 1);
const nodePort = mesh.nodes[0]?.options.port ?? 0;
const { port } = await startGateway({ after }, mesh.addresses);

/** Opens a plain socket to the gateway. @returns it, and a function that returns the text received so far. */
async function open(t: TestContext, to = port): Promise<{ socket: Socket; received: () => string }> {
  const socket = connectSocket({ port: to, host: '127.0.0.1', noDelay: true });
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  return { socket, received: () => Buffer.concat(chunks).toString('latin1') };
}

const STATEMENTS: Statement[] = [
  ['PING'],
  ['ping', 'text'],
  ['SET', 'k', 'v'],
  ['GET', 'k'],
  ['GET', 'missing'],
  ['INCR', 'k'],
  ['UNKNOWN', 'x'],
  ['TABLE.UNKNOWN', 'x'],
  ['TABLEX'],
  ['HSET', 'h', 'f', '1', 'g', '\r\n\0'],
  ['HGETALL', 'h'],
  ['SADD', 's', 'a'],
  ['SMEMBERS', 's'],
  ['ZADD', 'z', '1.5', 'a'],
  ['ZRANGE', 'z', '0', '-1', 'WITHSCORES'],
  ['ZSCORE', 'z', 'a'],
  ['LRANGE', 'none', '0', '-1'],
  ['MULTI'],
  ['SET', 'k', '2'],
  ['GET', 'k'],
  ['EXEC'],
  ['WATCH', 'k'],
  ['MULTI'],
  ['DISCARD'],
  ['MULTI'],
  ['UNKNOWN'],
  ['EXEC'],
  ['EVAL', 'return {1, "two", {ok = "three"}, false}', '0'],
  ['SCRIPT', 'EXISTS', '0123456789012345678901234567890123456789'],
  ['CONFIG', 'GET', 'maxmemory-policy'],
  ['CLIENT', 'SETNAME', 'me'],
  ['CLIENT', 'GETNAME'],
  ['SELECT', '99999'],
  ['OBJECT', 'ENCODING', 'k'],
  ['AUTH', 'wrong'],
  ['TYPE', 'h'],
  ['EXPIRE', 'k', '100'],
  // One key, because the order of several depends on when the node resizes its table.
  ['SCAN', '0', 'MATCH', 'k', 'COUNT', '10'],
  ['DEL', 'k', 'h', 's', 'z'],
];

/** Sends statements in one write. @returns all replies to them. */
async function transcript(
  t: TestContext,
  to: number,
  protocol: 2 | 3,
  statements: readonly Statement[],
): Promise<string> {
  const { socket, received } = await open(t, to);
  socket.write(
    encode([
      ['HELLO', `${protocol}`],
      ['ECHO', 'start'],
    ]),
    'latin1',
  );
  await eventually(() => assert.match(received(), /\$5\r\nstart\r\n$/));
  const start = received().length;
  const bytes = statements.map((words) => words.map((word) => Buffer.from(word, 'latin1')));
  socket.write(encode([...bytes, ['ECHO', 'end']]), 'latin1');
  await eventually(() => assert.match(received(), /\$3\r\nend\r\n$/));
  return received().slice(start);
}

for (const protocol of [2, 3] as const)
  test(`replies have the bytes of the node's replies, RESP${protocol}`, async (t) => {
    const expected = await transcript(t, nodePort, protocol, STATEMENTS);
    assert.equal(await transcript(t, port, protocol, STATEMENTS), expected);
  });

for (const protocol of [2, 3] as const)
  test(`TABLE statements run in the selected database, and in transactions, RESP${protocol}`, async (t) => {
    const set = protocol === 2 ? '*' : '~';
    assert.equal(
      await transcript(t, port, protocol, [
        ['SELECT', `${3 + protocol}`],
        ['table.namespace.create', 'n'],
        ['TABLE.SCHEMA.CREATE', 'n.t', 'a:string:hash'],
        ['MULTI'],
        ['TABLE.INSERT', 'n.t', 'a=\r\n\xff'],
        ['SMEMBERS', '{n.t}:rows'],
        ['Table.Select', 'n.t', 'WHERE', 'a=\r\n\xff'],
        ['TABLE.SELECT', 'n.t', 'WHERE', 'a='],
        ['EXEC'],
        ['SELECT', '0'],
        ['TABLE.SELECT', 'n.t'],
      ]),
      [
        ...Array(4).fill('+OK'),
        ...Array(4).fill('+QUEUED'),
        `*4\r\n$1\r\n1\r\n${set}1\r\n$1\r\n1`,
        '*1\r\n*2\r\n$1\r\na\r\n$3\r\n\r\n\xff',
        '-ERR condition must be <col><op><value>',
        '+OK',
        '-ERR table schema does not exist',
        '$3\r\nend\r\n',
      ].join('\r\n'),
    );
  });

test('a watched key that changes aborts a transaction with a TABLE statement', async (t) => {
  const { socket, received } = await open(t);
  socket.write(encode([['SET', 'watched', '1'], ['WATCH', 'watched'], ['MULTI'], ['TABLE.HELP']]));
  await eventually(() => assert.match(received(), /QUEUED\r\n$/));
  const other = await connect(t, port);
  await other.set('watched', '2');
  socket.write(encode([['EXEC']]));
  await eventually(() => assert.match(received(), /QUEUED\r\n\*-1\r\n$/));
});

test('a pipeline of 100,000 requests has its replies in order', async (t) => {
  const { socket, received } = await open(t);
  const requests = Array.from({ length: 100_000 }, (_, i) =>
    i % 10 === 0 ? ['TABLE.SCHEMA.VIEW', `none.${i}`] : ['ECHO', `${i}`],
  );
  socket.write(encode(requests), 'latin1');
  const expected = requests
    .map(([command, text = '']) =>
      command === 'ECHO' ? `$${text.length}\r\n${text}\r\n` : '-ERR table schema does not exist\r\n',
    )
    .join('');
  await eventually(() => assert.equal(received().length, expected.length));
  assert.ok(received() === expected);
});

test('requests may arrive byte by byte, and several in a packet', async (t) => {
  const { socket, received } = await open(t);
  const text = `${encode([
    ['TABLE.SCHEMA.VIEW', 'no.table'],
    ['SET', 'half', 'value'],
    ['GET', 'half'],
  ])}PING\r\n`;
  for (const byte of text) {
    socket.write(byte, 'latin1');
    await new Promise((resolve) => setImmediate(resolve));
  }
  await eventually(() =>
    assert.equal(received(), '-ERR table schema does not exist\r\n+OK\r\n$5\r\nvalue\r\n+PONG\r\n'),
  );
});

test('inline commands work, with quotes and TABLE commands', async (t) => {
  const { socket, received } = await open(t);
  socket.write('\r\nSET "in line" \'a b\'\r\nget "in line"\r\ntable.schema.view  "no table"\nTABLE.DROP\r\n');
  await eventually(() =>
    assert.equal(
      received(),
      "+OK\r\n$3\r\na b\r\n-ERR table schema does not exist\r\n-ERR wrong number of arguments for 'TABLE.DROP' command\r\n",
    ),
  );
});

test('passes a value of 8 MB in both directions', async (t) => {
  const client = await RawClient.open(t, port);
  const value = Buffer.alloc(8 * 2 ** 20, 'text\0\xff', 'latin1').toString('latin1');
  const [set, get] = await client.run([
    ['SET', 'large', value],
    ['GET', 'large'],
  ]);
  assert.equal(set, '+OK\r\n');
  assert.ok(get === `$${value.length}\r\n${value}\r\n`);
});

test('a client that reads slowly gets all replies, and the gateway stores little of them', async (t) => {
  const { socket } = await open(t);
  const filler = await connect(t, nodePort);
  await filler.set('megabyte', 'x'.repeat(2 ** 20));
  socket.pause();
  socket.write(encode(Array(200).fill(['GET', 'megabyte'])), 'latin1');
  // The node has more to send than all buffers of the system contain, so it waits for this client.
  await eventually(async () => {
    const list = String(await filler.client('LIST'));
    assert.match(list, /cmd=get/);
  });
  let bytes = 0;
  socket.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  socket.resume();
  const reply = 2 ** 20 + '$1048576\r\n\r\n'.length;
  await eventually(() => assert.equal(bytes, 200 * reply));
});

for (const protocol of [2, 3] as const)
  test(`a client receives messages of channels, RESP${protocol}`, async (t) => {
    const { socket, received } = await open(t);
    const publisher = await connect(t, nodePort);
    const type = protocol === 2 ? '*' : '>';
    const channel = `news-${protocol}`;
    const bulks = (...texts: string[]) => texts.map((text) => `$${text.length}\r\n${text}\r\n`).join('');
    if (protocol === 3) socket.write(encode([['HELLO', '3']]), 'latin1');
    socket.write(encode([['SUBSCRIBE', channel]]), 'latin1');
    const subscribed = `${type}3\r\n${bulks('subscribe', channel)}:1\r\n`;
    await eventually(() => assert.ok(received().endsWith(subscribed), received()));
    await publisher.publish(channel, 'first');
    const message = `${type}3\r\n${bulks('message', channel, 'first')}`;
    await eventually(() => assert.ok(received().endsWith(subscribed + message), received()));
    socket.write(encode([['TABLE.SCHEMA.VIEW', 'no.table'], ['UNSUBSCRIBE'], ['PING']]), 'latin1');
    await eventually(() => assert.match(received(), /\+PONG\r\n$/));
    // As on the node, a subscriber in RESP2 may run only some commands.
    assert.match(received(), protocol === 2 ? /-ERR Can't execute/ : /-ERR table schema does not exist/);
  });

// KeyDB runs requests behind a blocking one only when more data arrives, so none is behind it here.
test('a blocking command gets its reply, and ends with the client', async (t) => {
  const { socket, received } = await open(t);
  const other = await connect(t, nodePort);
  const blocked = async () => Number(/blocked_clients:(\d+)/.exec(await other.info('clients'))?.[1]);
  socket.write(encode([['BLPOP', 'queue', '0']]), 'latin1');
  await eventually(async () => assert.equal(await blocked(), 1));
  assert.equal(received(), '');
  await other.rpush('queue', 'x');
  await eventually(() => assert.equal(received(), '*2\r\n$5\r\nqueue\r\n$1\r\nx\r\n'));
  socket.write(encode([['BLPOP', 'queue', '0']]), 'latin1');
  await eventually(async () => assert.equal(await blocked(), 1));
  socket.destroy();
  await eventually(async () => assert.equal(await blocked(), 0));
});

test('MONITOR shows commands of others', async (t) => {
  const { socket, received } = await open(t);
  const other = await connect(t, port);
  socket.write(encode([['MONITOR']]), 'latin1');
  await eventually(() => assert.ok(received().startsWith('+OK\r\n')));
  await other.echo('seen by MONITOR');
  await eventually(() => assert.match(received(), /"seen by MONITOR"/i));
});

test('CLIENT REPLY OFF allows any number of requests without a reply', async (t) => {
  const { socket, received } = await open(t);
  const requests = Array.from({ length: 30_000 }, (_, i) => ['SET', 'silent', `${i}`]);
  socket.write(
    encode([['CLIENT', 'REPLY', 'OFF'], ...requests, ['CLIENT', 'REPLY', 'ON'], ['GET', 'silent']]),
  );
  await eventually(() => assert.equal(received(), '+OK\r\n$5\r\n29999\r\n'));
});

test('a client that closes its side still gets the replies', async (t) => {
  const { socket, received } = await open(t);
  const closed = once(socket, 'close');
  socket.end(
    encode([
      ['SET', 'end', '1'],
      ['TABLE.SCHEMA.VIEW', 'no.table'],
      ['GET', 'end'],
    ]),
    'latin1',
  );
  await closed;
  assert.equal(received(), '+OK\r\n-ERR table schema does not exist\r\n$1\r\n1\r\n');
});

test('QUIT and CLIENT KILL close the connection of the client', async (t) => {
  const quitting = await open(t);
  const quit = once(quitting.socket, 'close');
  quitting.socket.write(encode([['PING'], ['QUIT']]), 'latin1');
  await quit;
  assert.equal(quitting.received(), '+PONG\r\n+OK\r\n');

  const killed = await open(t);
  killed.socket.write(encode([['CLIENT', 'ID']]), 'latin1');
  await eventually(() => assert.match(killed.received(), /^:\d+\r\n$/));
  const closed = once(killed.socket, 'close');
  const id = killed.received().slice(1).trim();
  const other = await connect(t, port);
  await other.client('KILL', 'ID', id);
  await closed;
});
