#!/bin/sh
# Brings a Chromium for the browser tests: Debian's package where we may install it, else Playwright's own build, unless
# there is one. The package without windows is the quicker one; not every distribution has it.
set -u
if command -v apt-get >/dev/null; then
    as_root=""
    [ "$(id -u)" = 0 ] || as_root="sudo -n"
    $as_root apt-get update -qq
    for package in chromium-headless-shell chromium; do
        if $as_root apt-get install -y -qq --no-install-recommends $package fonts-dejavu-core >/dev/null; then
            exit 0
        fi
    done
fi
command -v chromium chromium-browser google-chrome >/dev/null && exit 0
"$1/bin/playwright" install chromium && exit 0
echo "The browser tests need Chromium: install it (Debian: apt-get install chromium), then make test again." >&2
exit 2
