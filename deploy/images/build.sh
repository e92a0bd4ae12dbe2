#!/bin/sh
# Builds the images of the services with what is there; `make images` calls it. docs/images.md tells of its variables.
set -eu
cd "$(dirname "$0")/../.."

ALL='intake-email intake-chat intake-phone router tickets portal prober'
SERVICES=${SERVICES:-$ALL}
PYTHON_IMAGE=${PYTHON_IMAGE:-docker.io/library/python:3.13-slim}
REGISTRY=${REGISTRY:+${REGISTRY%/}/}
OUT=${OUT:-build/images}

say() { printf 'images: %s\n' "$*"; }
fail() {
  printf 'images: %s\n' "$*" >&2
  exit 1
}

# Asked, not only found: a docker without its daemon builds nothing.
usable() {
  command -v "$1" >/dev/null 2>&1 || return 1
  [ "$1" = buildah ] || timeout 20 "$1" info >/dev/null 2>&1
}

find_engine() {
  for name in docker podman buildah; do
    if usable "$name"; then
      printf '%s\n' "$name"
      return
    fi
  done
  fail "docker, podman or buildah is needed (or a docker whose daemon runs); on Debian: apt-get install buildah"
}

for service in $SERVICES; do
  case " $ALL " in
  *" $service "*) ;;
  *) fail "there is no service $service; SERVICES may name $ALL" ;;
  esac
done
ENGINE=${ENGINE:-$(find_engine)}
case ${ENGINE##*/} in
docker | podman | buildah) usable "$ENGINE" || fail "$ENGINE cannot be used here; is it installed, and does it run?" ;;
*) fail "ENGINE is $ENGINE; it may be docker, podman or buildah" ;;
esac

# buildah before 1.31 (Debian 12's) has one cache of a name for all users of a machine, and cannot write another one's.
if [ "${ENGINE##*/}" != docker ] && [ -e "${TMPDIR:-/var/tmp}/buildah-cache" ] && [ ! -O "${TMPDIR:-/var/tmp}/buildah-cache" ]; then
  TMPDIR=${XDG_CACHE_HOME:-$HOME/.cache}/ventanilla-images
  mkdir -p "$TMPDIR"
  export TMPDIR
fi

# What must not stay in an image goes in as a secret: an index with its password, an authority of one's own.
secrets=$(mktemp -d)
trap 'rm -rf "$secrets"' EXIT
trap 'exit 130' INT TERM
CA=${CA:-${PIP_CERT:-${SSL_CERT_FILE:-}}}
index=${PIP_INDEX_URL:-${UV_DEFAULT_INDEX:-${UV_INDEX_URL:-}}}
(
  umask 077
  if [ -n "${PIP_CONFIG_FILE:-}" ] && [ -f "$PIP_CONFIG_FILE" ]; then
    cat "$PIP_CONFIG_FILE"
  else
    printf '[global]\n'
    [ -z "$index" ] || printf 'index-url = %s\n' "$index"
    [ -z "${PIP_EXTRA_INDEX_URL:-}" ] || printf 'extra-index-url = %s\n' "$PIP_EXTRA_INDEX_URL"
    [ -z "$CA" ] || printf 'cert = /run/secrets/ca\n'
  fi >"$secrets/pip.conf"
)
set -- --secret "id=pip-conf,src=$secrets/pip.conf"
if [ -n "$CA" ]; then
  [ -r "$CA" ] || fail "CA names $CA, which cannot be read"
  set -- "$@" --secret "id=ca,src=$CA"
fi
if [ -n "${SOURCE_DATE_EPOCH:-}" ]; then
  set -- "$@" --build-arg "SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH" \
    --label "org.opencontainers.image.created=$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)"
fi
case ${ENGINE##*/} in
docker) set -- build --progress plain "$@" ;;
*) set -- build --layers "$@" ;;
esac

revision=$(git rev-parse HEAD 2>/dev/null || echo unknown)
[ "$revision" = unknown ] || git diff --quiet HEAD 2>/dev/null || revision=$revision-modified
# A remote's address may hold a token; one that is no web address tells a reader nothing.
SOURCE=${SOURCE:-$(git remote get-url origin 2>/dev/null | sed -n 's#^https://\([^/@]*@\)\{0,1\}#https://#p')}

build() {
  # shellcheck disable=SC2086  # BUILD_OPTIONS are words
  DOCKER_BUILDKIT=1 "$ENGINE" "$@" ${BUILD_OPTIONS:-} --file deploy/Dockerfile --tag "$image" \
    --build-arg "SERVICE=$service" --build-arg "PYTHON_IMAGE=$PYTHON_IMAGE" \
    --build-arg "VERSION=$tag" --build-arg "REVISION=$revision" --build-arg "SOURCE=${SOURCE:-unknown}" . >"$log" 2>&1
}

# The bill of materials lies in the image; a copy beside the logs is what scanners are given.
copy_bill() {
  case ${ENGINE##*/} in
  buildah)
    container=$(buildah from "$image")
    buildah run "$container" -- cat /opt/ventanilla/sbom.cdx.json >"$OUT/$service.cdx.json"
    ;;
  *)
    container=$("$ENGINE" create "$image")
    "$ENGINE" cp "$container:/opt/ventanilla/sbom.cdx.json" "$OUT/$service.cdx.json" >/dev/null
    ;;
  esac
  "$ENGINE" rm "$container" >/dev/null
}

size() {
  case ${ENGINE##*/} in
  buildah) buildah images --format '{{.Size}}' "$image" | tr -d ' ' ;;
  *) "$ENGINE" image inspect --format '{{.Size}}' "$image" | awk '{ printf "%dMB\n", $1 / 1000000 }' ;;
  esac
}

mkdir -p "$OUT"
count=0
total=$(printf '%s\n' "$SERVICES" | wc -w)
say "with $ENGINE on $PYTHON_IMAGE${index:+, packages from an index of your own}${CA:+, certificates of $CA}"
for service in $SERVICES; do
  count=$((count + 1))
  tag=${TAG:-$(sed -n 's/^version = "\(.*\)"/\1/p' "services/$service/pyproject.toml")}
  image=${REGISTRY}ventanilla/$service:$tag
  log=$OUT/$service.log
  began=$(date +%s)
  say "$service ($count of $total), log in $log"
  if ! build "$@"; then
    tail -n 15 "$log" >&2
    fail "$image was not built; the whole log is $log"
  fi
  copy_bill
  say "$image: $(size), $(($(date +%s) - began)) s, contents in $OUT/$service.cdx.json"
done
