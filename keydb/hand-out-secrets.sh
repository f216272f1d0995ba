#!/bin/sh
# Gives each container of docker-compose.secure.yaml its own secrets and no others: readable by its user alone, in a
# volume of its own. Run once before all others, and again after a rotation.
set -eu
umask 077

# give <owner> <container> <secret> [<name there>]
give() {
  new=/handed-out/$2/.new
  cat "/run/secrets/$3" >"$new"
  # In this order: once it is another's, root without capabilities may not change its mode.
  chmod 400 "$new"
  chown "$1" "$new"
  # At one stroke: whoever reads meanwhile has either the old secret or the new one.
  mv -f "$new" "/handed-out/$2/${4:-$3}"
}

for node in keydb_01 keydb_02 keydb_03; do
  for secret in ca.crt users.acl replication.conf monitor; do give keydb:keydb "$node" "$secret"; done
  give keydb:keydb "$node" "$node.crt" node.crt
  give keydb:keydb "$node" "$node.key" node.key
done

# The user of the services' image.
for service in writer sync-observer async-observer; do
  give 1000:1000 "$service" ca.crt
  give 1000:1000 "$service" "$service" password
done
