#!/bin/sh
# Runs a command as root of what most containers are: a system that forbids user namespaces and leaves root a few
# capabilities, those in $CAPABILITIES (setpriv's notation). Inside, a namespace maps every account to itself and has 0
# as its own limit of further namespaces.
unshare --user -- sh -c '
  until [ -n "$(cat /proc/self/uid_map)" ] && [ -n "$(cat /proc/self/gid_map)" ]; do sleep 0.02; done
  exec sh -c "
    echo 0 > /proc/sys/user/max_user_namespaces
    exec setpriv --inh-caps=-all --bounding-set=-all,$CAPABILITIES -- \"\$@\"
  " sh "$@"
' sh "$@" &
inside=$!
until [ "$(readlink /proc/$inside/ns/user)" != "$(readlink /proc/self/ns/user)" ]; do sleep 0.02; done
echo '0 0 65536' > /proc/$inside/uid_map
echo '0 0 65536' > /proc/$inside/gid_map
wait $inside
