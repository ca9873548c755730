#!/bin/sh
# Brings promtool and amtool for tests of the alarms' rules: unpacked into VENV/prometheus, nothing is installed or started.
set -u
folder="$1/prometheus"
if command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null; then
    as_root=""
    [ "$(id -u)" = 0 ] || as_root="sudo -n"
    $as_root apt-get update -qq
    mkdir -p "$folder" && cd "$folder" && apt-get download -qq prometheus prometheus-alertmanager 2>/dev/null
    for package in ./*.deb; do
        [ -e "$package" ] && dpkg-deb -x "$package" . && rm "$package"
    done
    [ -x usr/bin/promtool ] && [ -x usr/bin/amtool ] && exit 0
fi
echo "NOTICE: no promtool here; the alarms' rules are not tested (Debian: apt-get install prometheus prometheus-alertmanager)." >&2
