#!/bin/sh
# Installs the programs that some tests drive, where Debian's packages can be installed without
# asking; where not, those tests are left out and say so.
set -eu
missing=""
for pair in redis-server:redis-server chromium:chromium nginx:nginx-light; do
  PATH="$PATH:/usr/sbin" command -v "${pair%%:*}" >/dev/null 2>&1 || missing="$missing ${pair##*:}"
done
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null 2>&1 || \
  missing="$missing postgresql"
[ -n "$missing" ] && command -v apt-get >/dev/null 2>&1 || exit 0
if [ "$(id -u)" -eq 0 ]; then sudo=""
elif sudo -n true 2>/dev/null; then sudo="sudo"
else
  echo "== 没有装 / not installed:$missing (sudo apt-get install$missing)"; exit 0
fi
echo "== Programs for the tests:$missing"
# shellcheck disable=SC2086  # several packages
{ $sudo apt-get update -q && DEBIAN_FRONTEND=noninteractive \
  $sudo apt-get install -y -q --no-install-recommends $missing; } >/dev/null || \
  echo "== 没有装成 / could not be installed:$missing" >&2
# Debian starts what it installs; the tests start their own.
case "$missing" in *redis-server*) $sudo service redis-server stop >/dev/null 2>&1 || true ;; esac
case "$missing" in *nginx*) $sudo service nginx stop >/dev/null 2>&1 || true ;; esac
case "$missing" in *postgresql*) $sudo service postgresql stop >/dev/null 2>&1 || true ;; esac
