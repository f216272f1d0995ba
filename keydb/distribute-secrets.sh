#!/bin/sh
# Copies to each container of docker-compose.secure.yaml its own secrets and no others. Only the container's user can
# read them, in a separate volume. Run it before all other containers, and again after a rotation.
set -eu
umask 077

# copy <owner> <container> <secret> [<name there>]
copy() {
  new=/distributed/$2/.new
  cat "/run/secrets/$3" >"$new"
  # chmod before chown: root without capabilities cannot change the mode of a file that another user owns.
  chmod 400 "$new"
  chown "$1" "$new"
  # Atomic rename: a concurrent reader gets either the old or the new secret.
  mv -f "$new" "/distributed/$2/${4:-$3}"
}

# Each volume here is named after its container.
for volume in /distributed/*; do
  name=${volume##*/}
  case $name in
    keydb_*)
      for secret in ca.crt users.acl replication.conf monitor; do copy keydb:keydb "$name" "$secret"; done
      copy keydb:keydb "$name" "$name.crt" node.crt
      copy keydb:keydb "$name" "$name.key" node.key
      ;;
    *)
      # The user of the service image.
      copy 1000:1000 "$name" ca.crt
      copy 1000:1000 "$name" "$name" password
      ;;
  esac
  case $name in
    # The monitor sets the interval as another user.
    monitor) copy 1000:1000 monitor operator ;;
    # The key first, because the gateway reads both when the certificate changes.
    table) for secret in table.acl table.key table.crt; do copy 1000:1000 table "$secret"; done ;;
  esac
done
