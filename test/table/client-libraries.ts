/** One row per client program or library: how it runs statements, and what its user gets. */
import { spawnSync } from 'node:child_process';
import type { TestContext } from 'node:test';
import { execa } from 'execa';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import type { Statement } from './raw-client.ts';

export interface Client {
  /** Runs statements one after another. An error becomes the text `Error: …`. */
  each(statements: readonly Statement[]): Promise<unknown[]>;
  /** Runs statements in one transaction. */
  transaction(statements: readonly Statement[]): Promise<unknown[]>;
}

interface ClientRow {
  name: string;
  /** Reason why the client is not available, or `false`. */
  skip: string | false;
  open(t: Pick<TestContext, 'after'>, port: number): Promise<Client>;
}

const PROTOCOLS = [2, 3] as const;
/** Debian installs python3-redis for the first program, which need not be the python3 of PATH. */
const PYTHONS = ['/usr/bin/python3', 'python3'];
/** Libraries from version 5 on know RESP3. */
const PYTHON_CHECKS = {
  2: { script: 'import redis', needs: 'needs redis-py: package python3-redis' },
  3: {
    script: 'import redis; assert int(redis.__version__.split(".")[0]) >= 5',
    needs: 'needs redis-py 5 or newer for RESP3',
  },
};

export const CLIENTS: ClientRow[] = [
  {
    name: 'redis-cli',
    skip: succeeds('redis-cli', '--version') ? false : 'needs redis-cli',
    open: async (_, port) => redisCli(port),
  },
  ...PROTOCOLS.map((protocol) => ({
    name: `ioredis, RESP${protocol}`,
    skip: false as const,
    open: (t: Pick<TestContext, 'after'>, port: number) => ioredis(t, port, protocol),
  })),
  ...PROTOCOLS.map((protocol) => ({
    name: `node-redis, RESP${protocol}`,
    skip: false as const,
    open: (t: Pick<TestContext, 'after'>, port: number) => nodeRedis(t, port, protocol),
  })),
  ...PROTOCOLS.map((protocol) => {
    const { script, needs } = PYTHON_CHECKS[protocol];
    const python = PYTHONS.find((program) => succeeds(program, '-c', script));
    return {
      name: `redis-py, RESP${protocol}`,
      skip: python === undefined ? needs : (false as const),
      open: async (_: unknown, port: number) => redisPy(python ?? '', port, protocol),
    };
  }),
];

function succeeds(program: string, ...args: string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}

/** Awaits one reply after another. */
async function eachOf(statements: readonly Statement[], call: (statement: Statement) => Promise<unknown>) {
  const values: unknown[] = [];
  for (const statement of statements)
    values.push(await call(statement).catch((error: Error) => `Error: ${error.message}`));
  return values;
}

async function ioredis(t: Pick<TestContext, 'after'>, port: number, protocol: 2 | 3): Promise<Client> {
  const client = new Redis({ port, protocol });
  t.after(() => client.disconnect());
  const words = ([command = '', ...args]: Statement): [string, ...string[]] => [command, ...args];
  return {
    each: (statements) => eachOf(statements, (statement) => client.call(...words(statement))),
    transaction: async (statements) => {
      const multi = client.multi();
      for (const statement of statements) multi.call(...words(statement));
      return ((await multi.exec()) ?? []).map(([error, value]) => error ?? value);
    },
  };
}

async function nodeRedis(t: Pick<TestContext, 'after'>, port: number, RESP: 2 | 3): Promise<Client> {
  const client = createClient({ RESP, url: `redis://127.0.0.1:${port}` });
  client.on('error', () => {});
  t.after(() => client.destroy());
  await client.connect();
  return {
    each: (statements) => eachOf(statements, (statement) => client.sendCommand([...statement])),
    transaction: (statements) => {
      const multi = client.multi();
      for (const statement of statements) multi.addCommand([...statement]);
      return multi.exec() as Promise<unknown[]>;
    },
  };
}

/** Prints one line of JSON for each statement. */
function redisCli(port: number): Client {
  const run = async (statements: readonly Statement[]) => {
    const input = statements.map((words) => words.map((word) => JSON.stringify(word)).join(' ')).join('\n');
    const { stdout } = await execa('redis-cli', ['--json', '-p', String(port)], { input: `${input}\n` });
    // It prints an empty line after some errors.
    return stdout.split('\n').filter(Boolean).map(valueOfCli);
  };
  return {
    each: run,
    transaction: async (statements) => (await run([['MULTI'], ...statements, ['EXEC']])).at(-1) as unknown[],
  };
}

function valueOfCli(line: string): unknown {
  const error = /^error:(".*")$/.exec(line)?.[1];
  return error === undefined ? JSON.parse(line) : `Error: ${JSON.parse(error)}`;
}

/** The library removes ERR from the texts of errors, and knows no protocol before version 5. */
const PYTHON_SCRIPT = `
import json, sys, redis
port, protocol, transaction = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "transaction"
options = {"protocol": 3} if protocol == 3 else {}
client = redis.Redis(port=port, decode_responses=True, **options)
statements = json.load(sys.stdin)
def call(words):
    try:
        return client.execute_command(*words)
    except redis.ResponseError as error:
        return "Error: ERR " + str(error)
if transaction:
    pipeline = client.pipeline(transaction=True)
    for words in statements:
        pipeline.execute_command(*words)
    values = pipeline.execute()
else:
    values = [call(words) for words in statements]
json.dump(values, sys.stdout, default=list)
`;

function redisPy(python: string, port: number, protocol: 2 | 3): Client {
  const run = async (mode: string, statements: readonly Statement[]) => {
    const args = ['-c', PYTHON_SCRIPT, String(port), String(protocol), mode];
    const { stdout } = await execa(python, args, { input: JSON.stringify(statements) });
    return JSON.parse(stdout) as unknown[];
  };
  return {
    each: (statements) => run('each', statements),
    transaction: (statements) => run('transaction', statements),
  };
}
