#!/bin/sh
# Starts Fovea (@MODULE@) from wherever its bundle lies, also through symbolic links.
self=$(readlink -f -- "$0") || exit 1
programs=$(dirname -- "$self")
# These make the interpreter take another place for its own.
unset PYTHONHOME PYTHONPATH PYTHONEXECUTABLE __PYVENV_LAUNCHER__
# Qt must not be sent to another Qt's plugins.
unset QT_PLUGIN_PATH QT_QPA_PLATFORM_PLUGIN_PATH
# Finder sets no locale; Qt warns about a bare one.
if [ -z "${LC_ALL:-}${LC_CTYPE:-}${LANG:-}" ]; then
    export LC_CTYPE=UTF-8
fi
# The same process goes on: macOS knows it, and sends it the projects that are opened.
exec "$programs/python@PYTHON@" -m @MODULE@ "$@"
