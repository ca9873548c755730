#!/bin/sh
# Brings PostgreSQL's server for tests of storage, where Debian's package can be installed. Nobody else starts it.
set -u
if command -v apt-get >/dev/null; then
    as_root=""
    [ "$(id -u)" = 0 ] || as_root="sudo -n"
    $as_root apt-get update -qq && $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql >/dev/null && exit 0
fi
echo "NOTICE: no PostgreSQL here; tests of storage run on SQLite alone (Debian: apt-get install postgresql)." >&2
