/** The secrets of a mesh for other tools: creates and finds them, and configures nodes and clients with them. */
export { type NodeSecurity, nodeSecurity } from './node-security.ts';
export { accessSettings, inShell, provideSecrets } from './provide-secrets.ts';
export { SecretsFolder } from './secrets-folder.ts';
export type { UserName } from './users.ts';
