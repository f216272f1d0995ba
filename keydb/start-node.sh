#!/bin/sh
# Entry point of a node's container: runs the image's own entry point under batch scheduling if it is available. That
# shortens KeyDB's tail latency on few cores, needs no privilege, and is inherited by all threads.
set -eu

# One password for clients and for the mesh, because every node is also a client of all others.
# It is in a file on the container's tmpfs, because every process can read a command line.
if [ -n "${KEYDB_PASSWORD:-}" ]; then
  passwords=${TMPDIR:-/tmp}/passwords.conf
  quoted=$(printf %s "$KEYDB_PASSWORD" | sed 's/[\\"]/\\&/g')
  (umask 077 && printf 'requirepass "%s"\nmasterauth "%s"\n' "$quoted" "$quoted" >"$passwords")
  set -- "$@" --include "$passwords"
  # Otherwise the image's entry point puts the password on the command line.
  unset KEYDB_PASSWORD
fi

# Overrides maxmemory of keydb.conf.
if [ -n "${NODE_MAXMEMORY:-}" ]; then
  set -- "$@" --maxmemory "$NODE_MAXMEMORY"
fi

# Arguments that a second Compose file adds without repeating the whole command line.
if [ -n "${NODE_CONF:-}" ]; then
  set -- "$@" --include "$NODE_CONF"
fi

if chrt -b 0 true 2>/dev/null; then
  exec chrt -b 0 docker-entrypoint.sh "$@"
fi
exec docker-entrypoint.sh "$@"
