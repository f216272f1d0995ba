#!/bin/sh
# The entry point of a node's container: the image's own, under batch scheduling where that can be had. It shortens
# KeyDB's tail latency on few cores, needs no privilege, and is inherited by all threads.
set -eu

# One password for clients and, since every node is also a client of all others, for the mesh.
if [ -n "${KEYDB_PASSWORD:-}" ]; then
  set -- "$@" --requirepass "$KEYDB_PASSWORD" --masterauth "$KEYDB_PASSWORD"
fi

if chrt -b 0 true 2>/dev/null; then
  exec chrt -b 0 docker-entrypoint.sh "$@"
fi
exec docker-entrypoint.sh "$@"
