#!/bin/sh
# Copies to each container of docker-compose.secure.yaml its own secrets and no others. Only the container's user can
# read them, in a separate volume. Run it before all other containers, and again after a rotation.
set -eu
umask 077

# give <owner> <container> <secret> [<name there>]
give() {
  new=/handed-out/$2/.new
  cat "/run/secrets/$3" >"$new"
  # chmod before chown: root without capabilities cannot change the mode of a file that another user owns.
  chmod 400 "$new"
  chown "$1" "$new"
  # Atomic rename: a concurrent reader gets either the old or the new secret.
  mv -f "$new" "/handed-out/$2/${4:-$3}"
}

for node in keydb_01 keydb_02 keydb_03; do
  for secret in ca.crt users.acl replication.conf monitor; do give keydb:keydb "$node" "$secret"; done
  give keydb:keydb "$node" "$node.crt" node.crt
  give keydb:keydb "$node" "$node.key" node.key
done

# The user of the service image.
for service in writer sync-observer async-observer; do
  give 1000:1000 "$service" ca.crt
  give 1000:1000 "$service" "$service" password
done
