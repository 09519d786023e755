#!/bin/sh
# Brings back what deploy/backup.sh wrote: deploy/restore.sh FOLDER/20261122-033000
# Stop the workers before. What is there now is replaced.
set -eu
[ $# -eq 1 ] && [ -d "$1" ] || { echo "usage: $0 BACKUP" >&2; exit 2; }
source=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."
python=.venv/bin/python
database=$($python -W ignore -c 'from infra import settings; print(settings.endpoint("desk").replace("+psycopg2", ""))')
pictures=$($python -W ignore -c 'from infra import settings; print(settings.endpoint("pictures"))')
case $database in
  sqlite:///*)
    file=${database#sqlite:///}
    mkdir -p "$(dirname "$file")"
    rm -f "$file-wal" "$file-shm"
    cp "$source/desk.db" "$file.new"
    mv "$file.new" "$file" ;;
  *) pg_restore --clean --if-exists --no-owner --single-transaction --dbname="$database" \
       "$source/desk.dump" ;;
esac
if [ -f "$source/pictures.tar.gz" ]; then
  mkdir -p "$pictures"
  find "$pictures" -mindepth 1 -delete
  tar -C "$pictures" -xzf "$source/pictures.tar.gz"
fi
