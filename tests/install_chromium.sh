#!/bin/sh
# Brings a Chromium for the browser tests: Debian's package where we may install it, else Playwright's own build.
set -u
if command -v apt-get >/dev/null; then
    as_root=""
    [ "$(id -u)" = 0 ] || as_root="sudo -n"
    if $as_root apt-get update -qq && $as_root apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null; then
        exit 0
    fi
fi
"$1/bin/playwright" install chromium && exit 0
echo "The browser tests need Chromium: install it (Debian: apt-get install chromium), then make test again." >&2
exit 2
