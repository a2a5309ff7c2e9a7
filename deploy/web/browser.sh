#!/usr/bin/env bash
# The browser that the tests drive: Debian's own Chromium. Quiet where it is there; installed where that is allowed.
set -euo pipefail

command -v chromium > /dev/null && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
  echo "[browser] Debian's Chromium, for the browser tests"
  export DEBIAN_FRONTEND=noninteractive
  apt-get install -y -qq --no-install-recommends chromium > /dev/null 2>&1 \
    || { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium > /dev/null; }
  exit 0
fi
echo "Chromium is missing. On Debian: sudo apt-get install chromium. Without it the browser tests are left out, loudly."
[ "${CI:-}" != true ]
