#!/bin/sh
# Starts Fovea (@MODULE@) from wherever its folder lies, also through symbolic links.
self=$(readlink -f -- "$0") || exit 1
home=$(dirname -- "$(dirname -- "$self")")
# Another Python's settings and a module in the current folder must not be taken for Fovea's.
unset PYTHONHOME PYTHONPATH
export PYTHONSAFEPATH=1
# Qt warns about every bare locale but this.
if [ -z "${LC_ALL:-}${LC_CTYPE:-}${LANG:-}" ]; then
    export LC_ALL=C.UTF-8
fi
exec "$home/runtime/bin/python@PYTHON@" -m @MODULE@ "$@"
