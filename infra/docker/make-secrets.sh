#!/bin/sh
# Makes infra/docker/secrets: a random Postgres password, the two URLs that hold it, the API key, the secret of the webhooks, and the operators'
# token, one file each, mode 0600.
#
#   infra/docker/make-secrets.sh          for an account: asks for the key, or takes $ELEVENLABS_API_KEY
#   infra/docker/make-secrets.sh --demo   for the simulated API: needs no account
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
  *) fail 'usage: infra/docker/make-secrets.sh [--demo]' ;;
esac

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
settings=$here/../../.env
secrets=$here/secrets

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

write() { cat > "$secrets/$1"; }

if [ "$mode" = demo ]; then
  # A project name of its own gives the demo its own volumes: simulated calls never stand beside real ones.
  setting COMPOSE_PROJECT_NAME voxport-demo
  setting COMPOSE_PROFILES demo
  setting ELEVENLABS_BASE_URL http://simulator:8080
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
# 192 random bits in hexadecimal digits, which need no encoding in a URL.
password=$(od -An -v -tx1 -N24 /dev/urandom | tr -d ' \n')
token=$(od -An -v -tx1 -N24 /dev/urandom | tr -d ' \n')
# Until the vendor's own is there, one that nobody can sign with: webhooks are refused.
webhook_secret=${ELEVENLABS_WEBHOOK_SECRET-}
[ -n "$webhook_secret" ] || webhook_secret=$(od -An -v -tx1 -N24 /dev/urandom | tr -d ' \n')
[ "$mode" != demo ] || webhook_secret=$demo_webhook_secret
[ "${#password}" -eq 48 ] && [ "${#token}" -eq 48 ] || fail '/dev/urandom gave too little'
printf '%s' "$password" | write postgres-password
printf 'postgres://voxport:%s@postgres:5432/voxport' "$password" | write database-url
printf 'redis://redis:6379/0' | write queue-url
printf '%s' "$key" | write elevenlabs-api-key
printf '%s' "$webhook_secret" | write elevenlabs-webhook-secret
printf '%s' "$token" | write operator-token
if [ "$uid" -eq 0 ]; then chown "$image_uid:$image_gid" "$secrets"/*; fi

printf 'Made %s.\n' "$secrets"
printf 'Operators log in at http://127.0.0.1:7480 with the token in %s.\n' "$secrets/operator-token"
if [ "$mode" = demo ]; then
  echo 'Start the demo: docker compose --profile demo up --build'
else
  [ -n "$key" ] || printf 'Now write the API key into %s.\n' "$secrets/elevenlabs-api-key"
  echo 'Start: docker compose up --build --detach'
fi
