#!/bin/sh
# Starts Fovea (@MODULE@) from wherever its folder lies, also through symbolic links.
self=$(readlink -f -- "$0") || exit 1
home=$(dirname -- "$(dirname -- "$self")")
# What is meant for another Python must not reach this one: places, and ways to run that change
# what a module does. Nor may modules of the current folder or of ~/.local be taken for Fovea's.
unset PYTHONHOME PYTHONPATH PYTHONPLATLIBDIR PYTHONUSERBASE PYTHONEXECUTABLE PYTHONPYCACHEPREFIX
unset PYTHONSTARTUP PYTHONINSPECT PYTHONOPTIMIZE PYTHONDEBUG PYTHONDEVMODE PYTHONVERBOSE
unset PYTHONWARNINGS
export PYTHONSAFEPATH=1 PYTHONNOUSERSITE=1
# Qt must not be sent to another Qt's plugins.
unset QT_PLUGIN_PATH QT_QPA_PLATFORM_PLUGIN_PATH
# Qt warns about every bare locale but this.
if [ -z "${LC_ALL:-}${LC_CTYPE:-}${LANG:-}" ]; then
    export LC_ALL=C.UTF-8
fi
exec "$home/runtime/bin/python@PYTHON@" -m @MODULE@ "$@"
