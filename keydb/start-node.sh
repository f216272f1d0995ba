#!/bin/sh
# The entry point of a node's container: the image's own, under batch scheduling where that can be had. It shortens
# KeyDB's tail latency on few cores, needs no privilege, and is inherited by all threads.
set -eu

# One password for clients and, since every node is also a client of all others, for the mesh.
# In a file of the container's tmpfs, for every process can read a command line.
if [ -n "${KEYDB_PASSWORD:-}" ]; then
  passwords=${TMPDIR:-/tmp}/passwords.conf
  quoted=$(printf %s "$KEYDB_PASSWORD" | sed 's/[\\"]/\\&/g')
  (umask 077 && printf 'requirepass "%s"\nmasterauth "%s"\n' "$quoted" "$quoted" >"$passwords")
  set -- "$@" --include "$passwords"
  # Or the image's entry point puts it on the command line.
  unset KEYDB_PASSWORD
fi

# What a second Compose file adds, without repeating the whole command line.
if [ -n "${NODE_CONF:-}" ]; then
  set -- "$@" --include "$NODE_CONF"
fi

if chrt -b 0 true 2>/dev/null; then
  exec chrt -b 0 docker-entrypoint.sh "$@"
fi
exec docker-entrypoint.sh "$@"
