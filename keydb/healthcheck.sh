#!/bin/sh
# A node becomes healthy when it answers and its links from and to all other nodes are up at the same time. After that,
# only the answer counts; otherwise one failed node would make all others unhealthy.
set -eu

# On a tmpfs: a restarted container starts without this file, so all its links must come up again.
was_complete=/tmp/was-complete

if [ -n "${KEYDB_PASSWORD_FILE:-}" ]; then
  KEYDB_PASSWORD=$(cat "$KEYDB_PASSWORD_FILE")
fi
if [ -n "${KEYDB_PASSWORD:-}" ]; then
  export REDISCLI_AUTH="$KEYDB_PASSWORD"
fi
ask() {
  keydb-cli ${KEYDB_TLS_CA:+--tls --cacert "$KEYDB_TLS_CA"} ${KEYDB_USERNAME:+--user "$KEYDB_USERNAME"} "$@"
}

answer=$(ask PING 2>&1) || true
if [ "$answer" != PONG ]; then
  echo "no answer: $answer"
  exit 1
fi
[ -e "$was_complete" ] && exit 0

info=$(ask INFO replication)
count() { echo "$info" | grep -Ec "$1" || true; }
# KeyDB numbers its links: master_host, master_1_host, …. In a mesh, each other node is a master and a replica of this one.
# In a star, REPLICAS is the number of replicas.
masters=$(count '^master_([0-9]+_)?host:')
replicas=${REPLICAS:-$masters}
from=$(count '^master_([0-9]+_)?link_status:up')
to=$(count '^slave[0-9]+:.*state=online')
if [ "$from" -ne "$masters" ] || [ "$to" -ne "$replicas" ]; then
  echo "linked to $from of $masters masters, and $to of $replicas replicas are online"
  exit 1
fi
: >"$was_complete"
