/** A table with one column `v`, for tests of values and conditions. */
import assert from 'node:assert/strict';
import { beforeEach } from 'node:test';
import { type Shown, startTables, type TableNode } from './statements.ts';

export interface ColumnNode extends TableNode {
  /** Creates the table with a row for each value. */
  tableOf(type: string, values: readonly string[]): Promise<void>;
  /** Returns the values that a SELECT finds, sorted. */
  found(condition: string): Promise<string[]>;
}

/** Starts a node for the tests of one file. Each test starts with an empty namespace `n`. */
export async function startColumn(): Promise<ColumnNode> {
  const tables = await startTables();
  const { call, run } = tables;
  beforeEach(async () => {
    await call('FLUSHALL');
    await run(['TABLE.NAMESPACE.CREATE', 'n']);
  });
  return {
    ...tables,
    async tableOf(type, values) {
      await run(['TABLE.SCHEMA.CREATE', 'n.t', `v:${type}`]);
      for (const value of values)
        assert.match(String(await run(['TABLE.INSERT', 'n.t', `v=${value}`])), /^\d+$/, value);
    },
    async found(condition) {
      const rows = await run(['TABLE.SELECT', 'n.t', 'WHERE', condition]);
      assert.ok(Array.isArray(rows), `${condition}: ${rows}`);
      return rows.map((row) => Buffer.from(String((row as Shown[])[1]), 'latin1').toString()).sort();
    },
  };
}
