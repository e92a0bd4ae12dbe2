#!/bin/sh
# Makes a stand-in for docker.io/library/python:3.x-slim from Debian's packages, where no registry of images is reached.
#
#   sudo tests/deploy/images/base_image.sh 3.13 /tmp/ventanilla-base
#
# What it leaves in the folder: the root file system (kept for the next time), `store` with the image, and `storage.conf`,
# by which buildah and podman find it:
#
#   export CONTAINERS_STORAGE_CONF=/tmp/ventanilla-base/storage.conf BUILDAH_ISOLATION=chroot
#   make images ENGINE=buildah
set -eu

fail() {
  printf 'base_image: %s\n' "$*" >&2
  exit 1
}

[ $# -eq 2 ] || fail "usage: base_image.sh 3.11|3.13 FOLDER"
case $1 in
3.13) suite=trixie ;;
3.11) suite=bookworm ;;
*) fail "no Debian release has Python $1; 3.11 and 3.13 can be had" ;;
esac
[ "$(id -u)" = 0 ] || fail "debootstrap needs root"
for program in debootstrap buildah; do
  command -v "$program" >/dev/null || fail "$program is missing: apt-get install debootstrap buildah podman runc uidmap"
done

mkdir -p "$2"
folder=$(cd "$2" && pwd)
image="docker.io/library/python:$1-slim"
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
cat >"$folder/storage.conf" <<CONF
[storage]
driver = "${STORAGE_DRIVER:-overlay}"
graphroot = "$folder/store"
runroot = "$folder/run"
CONF
export CONTAINERS_STORAGE_CONF="$folder/storage.conf" BUILDAH_ISOLATION=chroot

if buildah images --quiet "$image" >/dev/null 2>&1; then
  printf 'base_image: %s is in %s already\n' "$image" "$folder"
  exit 0
fi

root="$folder/root-$1"
if [ ! -e "$root.whole" ]; then
  printf 'base_image: unpacking Debian %s (two minutes)\n' "$suite"
  rm -rf "$root"
  debootstrap --variant=minbase --include=ca-certificates,python3,python3-pip,python3-venv "$suite" "$root" "$mirror" \
    >"$folder/debootstrap-$1.log" 2>&1 || fail "debootstrap failed; see $folder/debootstrap-$1.log"
  # As in the image it stands for: `python` and `pip` below /usr/local, no packages of Debian in the way.
  rm -f "$root"/usr/lib/python3*/EXTERNALLY-MANAGED
  ln -s /usr/bin/python3 "$root/usr/local/bin/python"
  ln -s /usr/bin/pip3 "$root/usr/local/bin/pip"
  rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/* "$root"/usr/share/doc/*/changelog*
  : >"$root.whole"
fi

printf 'base_image: making %s\n' "$image"
container=$(buildah from scratch)
trap 'buildah rm "$container" >/dev/null' EXIT
buildah add --quiet "$container" "$root" / >/dev/null
buildah config --env PATH=/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin --env LANG=C.UTF-8 --cmd python "$container"
buildah commit --quiet "$container" "$image" >/dev/null
printf 'base_image: %s is in %s\n' "$image" "$folder"
