#!/bin/sh
# Makes .venv with everything that uv.lock names, from nothing but Python 3.11+ and PyPI. `make` runs it in the root folder.
set -eu

say() { printf 'setup: %s\n' "$*"; }
fail() {
  printf 'ventanilla: %s\n' "$*" >&2
  exit 1
}
recent() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
  for name in python3.13 python3.12 python3.11 python3; do
    # Asked, not only found: a version manager leaves names on the PATH that start nothing.
    if recent "$name"; then
      command -v "$name"
      return
    fi
  done
  fail "Python 3.11 or later is needed; on Debian and Ubuntu: apt-get install python3.11 python3.11-venv"
}

# An active environment, or a home that nobody can write to (a service account, a bare container), must not matter.
unset VIRTUAL_ENV PYTHONHOME PYTHONPATH
if [ ! -w "${HOME:-/nonexistent}" ]; then
  UV_CACHE_DIR="$PWD/.venv/.cache/uv"
  PIP_CACHE_DIR="$PWD/.venv/.cache/pip"
  export UV_CACHE_DIR PIP_CACHE_DIR
fi

# An environment whose making was broken off has neither of the two.
whole() { recent .venv/bin/python && { [ -x .venv/bin/uv ] || .venv/bin/python -m pip --version >/dev/null 2>&1; }; }

if ! whole; then
  python=$(find_python)
  version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
  "$python" -c 'import ensurepip, venv' 2>/dev/null ||
    fail "Python's venv is missing; on Debian and Ubuntu: apt-get install python$version-venv"
  say "making .venv with Python $version"
  rm -rf .venv
  "$python" -m venv .venv || fail "cannot make .venv; on Debian and Ubuntu: apt-get install python$version-venv"
fi

uv=$(sed -n 's/.*"uv==\([^"]*\)".*/\1/p' pyproject.toml)
if [ "$(.venv/bin/uv --version 2>/dev/null | cut -d' ' -f2)" != "$uv" ]; then
  say "fetching uv $uv (about 20 MB)"
  .venv/bin/python -m pip install --disable-pip-version-check --quiet "uv==$uv" ||
    fail "pip could not fetch uv $uv; is PyPI reachable from here?"
fi

install() { UV_PROJECT_ENVIRONMENT=.venv UV_PYTHON_DOWNLOADS=never .venv/bin/uv sync --frozen "$@"; }

say "installing what uv.lock names (about 250 MB when all of it is new)"
if ! install; then
  say "once more, with the certificates of this machine (some networks have an authority of their own)"
  install --system-certs || fail "uv could not install everything; is PyPI reachable from here?"
fi
