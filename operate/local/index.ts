/** Local nodes for other tools: starts a mesh, and stops and restarts its nodes. */
export { Links } from './links.ts';
export { type Layout, Mesh, type MeshOptions } from './mesh.ts';
export { type NodePlace, NodeProcess } from './node-process.ts';
export { nodePorts, pagePort } from './ports.ts';
