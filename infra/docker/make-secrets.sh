#!/bin/sh
# Makes infra/docker/secrets: random passwords of the database's logins and the URLs that hold them, the queue's URL,
# the API key, the secret of the webhooks, the operators' token, and the (empty) URLs of alerts and heartbeat; one file
# each, mode 0600.
#
#   infra/docker/make-secrets.sh          for an account: asks for the key, or takes $ELEVENLABS_API_KEY
#   infra/docker/make-secrets.sh --demo   for the simulated API: needs no account
#   infra/docker/make-secrets.sh --logins once, for secrets of a Voxport that ran as the database's superuser: adds what
#                                         is missing
#
# The containers read the files; no secret is in an environment, in the image, or in what `docker inspect` shows.
# What is no secret goes into .env beside docker-compose.yml. Nothing that exists is ever overwritten.
set -eu
umask 077

# The image's user, and the key that the simulator of docker-compose.yml asks for.
image_uid=1000
image_gid=1000
demo_key=simulated-account
demo_webhook_secret=simulated-webhooks

fail() {
  printf '%s\n' "$1" >&2
  exit 1
}

mode=account
case "${1-}" in
  '') ;;
  --demo) mode=demo ;;
  --logins) mode=logins ;;
  *) fail 'usage: infra/docker/make-secrets.sh [--demo | --logins]' ;;
esac

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
settings=$here/../../.env
secrets=$here/secrets

write() { cat > "$secrets/$1"; }

# 192 random bits in hexadecimal digits, which need no encoding in a URL.
random() { od -An -v -tx1 -N24 /dev/urandom | tr -d ' \n'; }

# The logins that `migrate` makes, as URLs: the owner migrates, the services write rows, the gateway fewer, readers
# none.
write_logins() {
  for login in owner service gateway reader; do
    word=$(random)
    [ "${#word}" -eq 48 ] || fail '/dev/urandom gave too little'
    name=database-$login-url
    [ "$login" != service ] || name=database-url
    # Roles and logins share their names' space, and `voxport_gateway` is the role.
    [ "$login" != gateway ] || login=gateway_login
    printf 'postgres://voxport_%s:%s@%s' "$login" "$word" "$1" | write "$name"
  done
}

own_secrets() {
  if [ "$(id -u)" -eq 0 ]; then chown "$image_uid:$image_gid" "$secrets"/*; fi
}

if [ "$mode" = logins ]; then
  [ -e "$secrets/database-url" ] || fail "There is no $secrets/database-url. Run this without --logins."
  [ ! -e "$secrets/database-admin-url" ] || fail "$secrets/database-admin-url exists already: nothing is missing."
  cp "$secrets/database-url" "$secrets/database-admin-url"
  write_logins "$(sed 's/^.*@//' "$secrets/database-admin-url")"
  for name in alert-webhook-url heartbeat-url; do [ -e "$secrets/$name" ] || : | write "$name"; done
  own_secrets
  echo 'Made the URLs of the logins. The former database-url, a superuser'"'"'s, is database-admin-url now; only migrate reads it.'
  exit 0
fi

if [ -e "$secrets" ]; then
  fail "$secrets exists already and stays as it is. The password in it belongs to the database's volume: remove both, or neither."
fi

# Notes a setting for .env; stops if it says something else already.
wanted=
setting() {
  if [ -e "$settings" ] && grep -q "^$1=" "$settings"; then
    grep -qxF "$1=$2" "$settings" || fail "$settings sets $1 to something else than $2. Nothing was made: change or remove that line."
  else
    wanted="$wanted$1=$2
"
  fi
}

if [ "$mode" = demo ]; then
  # A project name of its own gives the demo its own volumes: simulated calls never stand beside real ones.
  setting COMPOSE_PROJECT_NAME voxport-demo
  setting COMPOSE_PROFILES demo
  setting ELEVENLABS_BASE_URL http://simulator:8080
  setting ELEVENLABS_ALLOW_HTTP true
fi
uid=$(id -u)
if [ "$uid" -ne 0 ] && [ "$uid" -ne "$image_uid" ]; then
  # The files are mounted with their owner and mode, so the containers run as their owner.
  setting VOXPORT_USER "$uid:$(id -g)"
fi

key=${ELEVENLABS_API_KEY-}
if [ "$mode" = demo ]; then
  key=$demo_key
elif [ -z "$key" ] && [ -t 0 ]; then
  printf 'ElevenLabs API key (it is not shown; empty to write it into the file later): ' >&2
  trap 'stty echo' EXIT INT TERM
  stty -echo
  read -r key || key=
  stty echo
  trap - EXIT INT TERM
  printf '\n' >&2
fi

if [ -n "$wanted" ]; then
  # The last line may lack its end.
  if [ -s "$settings" ] && [ -n "$(tail -c 1 "$settings")" ]; then echo >> "$settings"; fi
  printf '%s' "$wanted" >> "$settings"
fi
mkdir "$secrets"
password=$(random)
token=$(random)
# Until the vendor's own is there, one that nobody can sign with: webhooks are refused.
webhook_secret=${ELEVENLABS_WEBHOOK_SECRET-}
[ -n "$webhook_secret" ] || webhook_secret=$(random)
[ "$mode" != demo ] || webhook_secret=$demo_webhook_secret
[ "${#password}" -eq 48 ] && [ "${#token}" -eq 48 ] || fail '/dev/urandom gave too little'
printf '%s' "$password" | write postgres-password
printf 'postgres://voxport:%s@postgres:5432/voxport' "$password" | write database-admin-url
write_logins postgres:5432/voxport
: | write alert-webhook-url
: | write heartbeat-url
printf 'redis://redis:6379/0' | write queue-url
printf '%s' "$key" | write elevenlabs-api-key
printf '%s' "$webhook_secret" | write elevenlabs-webhook-secret
printf '%s' "$token" | write operator-token
own_secrets

printf 'Made %s.\n' "$secrets"
printf 'Operators log in at http://127.0.0.1:7480 with the token in %s.\n' "$secrets/operator-token"
if [ "$mode" = demo ]; then
  echo 'Start the demo: docker compose --profile demo up --build'
else
  [ -n "$key" ] || printf 'Now write the API key into %s.\n' "$secrets/elevenlabs-api-key"
  echo 'Start: docker compose up --build --detach'
fi
