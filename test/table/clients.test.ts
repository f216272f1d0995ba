/** Tests that the usual client programs and libraries hand on the replies of the gateway to their users. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startMesh } from '../helpers/nodes.ts';
import { CLIENTS } from './client-libraries.ts';
import { startGateway } from './gateway.ts';
import type { Statement } from './raw-client.ts';

const PEN = ['name', 'pen', 'price', '1.5', 'stock', '9223372036854775807'];
const INK = ['name', 'ink \u00e4', 'price', '12.25', 'stock', '3'];

/** A statement and the value that the user gets. `Error:` stands before the text of an error. */
const CASES: [Statement, unknown][] = [
  [['TABLE.NAMESPACE.CREATE', 'shop'], 'OK'],
  [['TABLE.SCHEMA.CREATE', 'shop.items', 'name:string:hash', 'price:float', 'stock:integer:btree'], 'OK'],
  [['TABLE.INSERT', 'shop.items', 'name=pen', 'price=1.5', 'stock=9223372036854775807'], '1'],
  [['table.insert', 'shop.items', 'name=ink \u00e4', 'price=12.25', 'stock=3'], '2'],
  [['TABLE.INSERT', 'shop.items', 'price=cheap'], 'Error: ERR invalid column or type'],
  [
    ['TABLE.SELECT', 'shop.items'],
    [PEN, INK],
  ],
  [['TABLE.SELECT', 'shop.items', 'WHERE', 'name=ink \u00e4'], [INK]],
  [['TABLE.SELECT', 'shop.items', 'WHERE', 'stock>=9223372036854775807', 'AND', 'price<2'], [PEN]],
  [
    ['TABLE.SELECT', 'shop.items', 'WHERE', 'price=1.5'],
    'Error: ERR search cannot be done on non-indexed column',
  ],
  [['TABLE.SELECT', 'shop.items', 'WHERE', 'name=paper'], []],
  [['TABLE.UPDATE', 'shop.items', 'WHERE', 'name=pen', 'SET', 'stock=7'], 1],
  [
    ['TABLE.SCHEMA.VIEW', 'shop.items'],
    [
      ['name', 'string', 'true'],
      ['price', 'float', 'false'],
      ['stock', 'integer', 'true'],
    ],
  ],
  [['TABLE.NAMESPACE.VIEW'], ['shop:items']],
  [['SMEMBERS', '{shop.items}:idx:stock:7'], ['1']],
];

/** Statements of one transaction, and their results. */
const TRANSACTION: [Statement, unknown][] = [
  [['TABLE.INSERT', 'shop.items', 'name=cap'], '3'],
  [['TABLE.DELETE', 'shop.items', 'WHERE', 'name=cap'], 1],
  [['TABLE.DROP', 'shop.items', 'FORCE'], 'OK'],
];

for (const { name, skip, open } of CLIENTS) {
  test(name, { skip }, async (t) => {
    const mesh = await startMesh(t, 1);
    const gateway = await startGateway(t, mesh.addresses);
    const client = await open(t, gateway.port);
    assert.deepEqual(
      await client.each(CASES.map(([statement]) => statement)),
      CASES.map(([, value]) => value),
    );
    assert.deepEqual(
      await client.transaction(TRANSACTION.map(([statement]) => statement)),
      TRANSACTION.map(([, value]) => value),
    );
  });
}
