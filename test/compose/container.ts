/** Fields of `docker inspect` that the tests read. */
export interface Container {
  State: { ExitCode: number; Health?: { Status: string; Log: { Start: string; ExitCode: number }[] } };
  RestartCount: number;
  Path: string;
  Args: string[];
  Config: { User: string };
  HostConfig: {
    ReadonlyRootfs: boolean;
    Privileged: boolean;
    CapAdd: string[] | null;
    CapDrop: string[];
    SecurityOpt: string[];
    /** Memory limit in bytes. */
    Memory: number;
    PidsLimit: number;
    NetworkMode: string;
    PortBindings: Record<string, { HostIp: string; HostPort: string }[]>;
  };
}
