// @ts-check
// The tables behind the drawing of the mesh, with what has no space in it: whole values, reasons, and jitter.
import { byId, fillTables, table } from './dom.js';
import { age, count, duration } from './format.js';
import { verdicts } from './mesh.js';
import { section } from './schedule.js';
import { state } from './state.js';
import { linkId } from './verdicts.js';

const details = byId('mesh-table');

export function setUpMeshTables() {
  section(byId('mesh-section'), ['mesh'], draw, 1_000);
  details.addEventListener('toggle', draw);
}

function draw() {
  if (details.contains(document.getSelection()?.focusNode ?? null) && !document.getSelection()?.isCollapsed)
    return;
  fillTables(details, () => [nodesTable(), linksTable(), servicesTable()]);
}

function nodesTable() {
  const rows = state.mesh.nodes.map(({ name, status, reason, value }) => [
    name,
    status === 'up'
      ? verdicts.nodes.get(name)?.kind === 'good'
        ? 'up'
        : `up, ${verdicts.nodes.get(name)?.text}`
      : `${status}: ${reason}`,
    value?.seq === undefined ? '–' : count(value.seq),
    value ? age(state.now - (value.micros ?? value.timestamp * 1e6) / 1000) : '–',
    value?.text ?? '–',
  ]);
  return table(
    `Value of ${state.mesh.sharedKey} on each node`,
    ['Node', 'State', 'Seq', 'Age', 'Value'],
    rows,
  );
}

function linksTable() {
  const rows = state.mesh.links.map((link) => [
    `${link.from} → ${link.to}`,
    verdicts.links.get(linkId(link))?.text ?? link.status,
    duration(link.canarySeconds),
    duration(link.jitterSeconds),
    count(link.received),
    count(link.lost),
  ]);
  return table('Links, with test writes', ['Link', 'State', 'Latency', 'Jitter', 'Received', 'Lost'], rows);
}

function servicesTable() {
  const rows = state.mesh.services.map(({ name, role, status, reason, node }) => [
    name,
    role,
    status === 'down' ? `down: ${reason}` : status,
    node ?? 'none',
  ]);
  return table('Services', ['Service', 'Role', 'State', 'Node'], rows);
}
