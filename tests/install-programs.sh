#!/bin/sh
# Installs the programs that some tests drive, where Debian's packages can be installed without
# asking; where not, those tests are left out and say so.
set -eu
missing=""
for pair in redis-server:redis-server nginx:nginx-light \
  chromium-headless-shell:chromium-headless-shell; do
  PATH="$PATH:/usr/sbin" command -v "${pair%%:*}" >/dev/null 2>&1 || missing="$missing ${pair##*:}"
done
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null 2>&1 || \
  missing="$missing postgresql"
ls /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc /System/Library/Fonts/PingFang.ttc \
  2>/dev/null | grep -q . || missing="$missing fonts-noto-cjk"
ls /usr/lib/*/faketime/libfaketimeMT.so.1 >/dev/null 2>&1 || missing="$missing libfaketime"
[ -n "$missing" ] && command -v apt-get >/dev/null 2>&1 || exit 0
if [ "$(id -u)" -eq 0 ]; then sudo=""
elif sudo -n true 2>/dev/null; then sudo="sudo"
else
  echo "== 没有装 / not installed:$missing (sudo apt-get install$missing)"; exit 0
fi
echo "== Programs for the tests:$missing"
install() { # shellcheck disable=SC2068  # several packages
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -q --no-install-recommends $@
}
# Where Debian has no package of Chromium's headless shell, the whole is as good, but slower.
whole=$(echo "$missing" | sed s/-headless-shell//)
{ $sudo apt-get update -q && { install "$missing" || install "$whole"; }; } >/dev/null || \
  echo "== 没有装成 / could not be installed:$missing" >&2
# Debian starts what it installs; the tests start their own.
case "$missing" in *redis-server*) $sudo service redis-server stop >/dev/null 2>&1 || true ;; esac
case "$missing" in *nginx*) $sudo service nginx stop >/dev/null 2>&1 || true ;; esac
case "$missing" in *postgresql*) $sudo service postgresql stop >/dev/null 2>&1 || true ;; esac
