#!/bin/sh
# Run a program as a pod would: nothing can be written but the named folders, and it has no capabilities.
#   confined.sh ROOT KEYS "CODE…" PROGRAM…
# ROOT is an empty folder, KEYS is what is mounted at /run/keys, CODE are the file systems to see besides.
set -eu
root=$1 keys=$2 code=$3
shift 3
mount --make-rprivate /
mount --bind / "$root"
mount -o remount,bind,ro "$root"
for folder in $code; do
    mount --bind "$folder" "$root$folder"
    mount -o remount,bind,ro "$root$folder"
done
for folder in /proc /dev /sys; do mount --rbind "$folder" "$root$folder"; done
mount -t tmpfs -o size=64m tmpfs "$root/tmp"
mount -t tmpfs -o size=16m tmpfs "$root/run"
mkdir "$root/run/keys" "$root/run/parley"
mount --bind "$keys" "$root/run/keys"
mount -o remount,bind,ro "$root/run/keys"
exec chroot "$root" setpriv --no-new-privs --bounding-set=-all --inh-caps=-all -- "$@"
