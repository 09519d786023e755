#!/bin/sh
# Writes the database and the pictures into a new folder: deploy/backup.sh FOLDER
# The environment says where they are, as it does for the program. Nothing needs to stop.
set -eu
[ $# -eq 1 ] || { echo "usage: $0 FOLDER" >&2; exit 2; }
mkdir -p "$1"
target=$(cd "$1" && pwd)/$(date +%Y%m%d-%H%M%S)
cd "$(dirname "$0")/.."
python=.venv/bin/python
database=$($python -W ignore -c 'from infra import settings; print(settings.endpoint("desk").replace("+psycopg2", ""))')
pictures=$($python -W ignore -c 'from infra import settings; print(settings.endpoint("pictures"))')
umask 077
mkdir "$target"
# The database first: a picture is kept before the message that shows it, so none is missing.
case $database in
  sqlite:///*)
    $python -c 'import sqlite3, sys
source, target = (sqlite3.connect(path) for path in sys.argv[1:])
source.backup(target)' "${database#sqlite:///}" "$target/desk.db" ;;
  *) pg_dump --format=custom --no-owner --file="$target/desk.dump" "$database" ;;
esac
[ ! -d "$pictures" ] || tar -C "$pictures" -czf "$target/pictures.tar.gz" .
echo "$target"
