#!/bin/sh
# Installs Fovea @VERSION@ for the user who runs this: without root, without network.
# The program follows this text as a tar archive packed by gzip, from byte @HEADER@ on.
set -eu

HEADER=@HEADER@
SIZE=@SIZE@
SHA256=@SHA@
UNPACKED_KB=@UNPACKED@
GLIBC_MINOR=@GLIBC@

usage() {
    cat <<'END'
Usage: sh fovea-@VERSION@-linux-x86_64.run [--prefix DIR] [--silent] [--uninstall]

Installs Fovea @VERSION@ for you alone, into ~/.local/opt/fovea, with an entry in the menu. Repeat
it to repair or update. Your projects and settings are never touched.

  --prefix DIR   install into DIR instead
  --silent       say nothing but errors
  --uninstall    remove what was installed (later: DIR/uninstall)
  --help         this text
Exit status: 0 done (a warning tells of a menu entry that could not be written), 1 failed and
the program is as it was, 2 wrong usage.
END
}

say() {
    [ -n "$silent" ] || printf '%s\n' "$1"
}

warn() {
    printf 'Fovea is installed, but %s\n' "$1" >&2
}

fail() {
    say_failed "$1"
    told=yes
    exit 1
}

say_failed() {
    [ "$action" = install ] && outcome=installed || outcome=removed
    printf 'Fovea was not %s: %s\n' "$outcome" "$1" >&2
}

# Whatever ends this script: what it began is taken back, and no command's own status is passed on,
# which could mean something else here.
# shellcheck disable=SC2317 # trap calls it
end() {
    status=$1
    trap '' HUP INT TERM
    [ -z "$new" ] || take_back || :
    case $status in
        0 | 130) exit "$status" ;;
    esac
    [ -n "$told" ] || say_failed 'a command failed'
    exit 1
}

# shellcheck disable=SC2317 # end calls it
take_back() {
    rm -rf "$new" "$prefix/.fovea-current-$$" "$prefix/.fovea-uninstall-$$"
    if [ -n "$tree" ] && [ "$(readlink "$prefix/current")" != "$tree" ]; then
        rm -rf "${prefix:?}/$tree"
    fi
    [ "$(ls -A "$prefix")" = .fovea ] || return 0
    rm -f "$prefix/.fovea"
    folder=$prefix
    while [ "$folder" != "$place" ] && rmdir "$folder"; do folder=$(dirname -- "$folder"); done
}

read_options() {
    silent=
    prefix=
    new=
    tree=
    told=
    action=install
    case ${0##*/} in
        uninstall)
            action=remove
            prefix=$(dirname -- "$(readlink -f -- "$0")")
            ;;
    esac
    while [ $# -gt 0 ]; do
        case $1 in
            --silent) silent=yes ;;
            --uninstall) action=remove ;;
            --prefix)
                [ $# -gt 1 ] || { usage >&2; exit 2; }
                prefix=$2
                shift
                ;;
            --prefix=*) prefix=${1#--prefix=} ;;
            --help | -h) usage; exit 0 ;;
            *) usage >&2; exit 2 ;;
        esac
        shift
    done
}

settle_places() {
    case ${HOME:-} in
        /*) ;;
        *) fail 'HOME does not name your home folder' ;;
    esac
    prefix=${prefix:-$HOME/.local/opt/fovea}
    case $prefix in
        /*) ;;
        *) prefix=$PWD/$prefix ;;
    esac
    # What is written into links and the menu entry must be what a later removal looks for.
    prefix=$(readlink -m -- "$prefix")
    case $prefix in
        # A menu entry cannot name these without doubt.
        *[\"\`\$%\\]* | *'
'*) fail "the folder's name has a character that a menu entry cannot hold: $prefix" ;;
    esac
    case ${XDG_DATA_HOME:-} in
        /*) data=$XDG_DATA_HOME ;;
        *) data=$HOME/.local/share ;;
    esac
    links=$HOME/.local/bin
    entry=$data/applications/fovea.desktop
}

# Only one installer works in a folder at a time. The kernel frees a dead one's lock, and only when
# the commands that it started have ended, too.
lock() {
    while :; do
        if [ "$action" = install ]; then
            mkdir -p "$prefix"
        elif [ ! -e "$prefix/.fovea" ]; then
            fail "there is no Fovea in $prefix to remove"
        fi
        exec 9>>"$prefix/.fovea"
        flock -n 9 || wait_for_lock
        # The one before may have removed what was waited for.
        [ "$(stat -Lc %i "/proc/$$/fd/9")" = "$(stat -c %i "$prefix/.fovea" 2>&1)" ] && break
    done
}

wait_for_lock() {
    say "Another installer is at work in $prefix: waiting for it ..."
    flock -w 600 9 || fail "another installer is at work in $prefix"
}

check_tools() {
    [ "$action" = remove ] || set -- tar gzip sha256sum tail df awk getconf
    for tool in readlink find flock stat "$@"; do
        command -v "$tool" >/dev/null || fail "the command $tool is missing"
    done
    [ "$(readlink -m / 2>/dev/null || :)" = / ] ||
        fail 'the command readlink is not the one of GNU coreutils: it knows no -m'
}

check_system() {
    [ "$(uname -m)" = x86_64 ] || fail "it is made for x86_64, and this is $(uname -m)"
    libc=$(getconf GNU_LIBC_VERSION 2>/dev/null || echo unknown)
    case $libc in
        'glibc 2.'*)
            minor=${libc#glibc 2.}
            [ "${minor%%.*}" -ge "$GLIBC_MINOR" ] || fail "it needs glibc 2.$GLIBC_MINOR, this is $libc"
            ;;
        *) fail "it needs glibc 2.$GLIBC_MINOR or newer" ;;
    esac
}

# Whether something can be created in the folder $1, which need not be there yet. Sets $at to what
# is there of the way to it.
can_hold() {
    at=$1
    while [ ! -e "$at" ] && [ ! -h "$at" ]; do at=$(dirname -- "$at"); done
    [ -d "$at" ] && [ -w "$at" ] && [ -x "$at" ]
}

check_place() {
    can_hold "$prefix" || fail "the folder $prefix cannot be written to (see $at)"
    place=$at
    if [ -d "$prefix" ] && [ ! -e "$prefix/.fovea" ] && [ -n "$(ls -A "$prefix")" ]; then
        fail "the folder $prefix holds other things"
    fi
    current=$prefix/current
    if [ -e "$current" ] && [ ! -h "$current" ]; then fail "$current is somebody else's"; fi
    free=$(df -Pk "$place" | awk 'NR == 2 { print $4 }')
    [ "$free" -gt "$UNPACKED_KB" ] ||
        fail "it needs $((UNPACKED_KB / 1024)) MB in $place, where $((free / 1024)) MB are free"
}

# Prints the prefix of the Fovea that the menu entry starts; nothing when there is none, and the
# line as it stands when it is somebody's own.
owner_of_menu() {
    [ -f "$entry" ] || return 0
    while IFS= read -r line; do
        case $line in
            Exec=*\""$prefix/current/bin/fovea"\"*) printf '%s\n' "$prefix" && return 0 ;;
            Exec=\"/*/current/bin/fovea\"*)
                line=${line#Exec=\"}
                readlink -m -- "${line%%/current/bin/fovea\"*}"
                return 0
                ;;
            Exec=*) printf '%s\n' "$line" && return 0 ;;
        esac
    done <"$entry"
}

# The menu entry, with its MIME type and icons, is another's as long as that one can start.
menu_is_free() {
    owner=$(owner_of_menu)
    case $owner in
        '' | "$prefix") return 0 ;;
        /*) [ ! -e "$owner/current/bin/fovea" ] ;;
        *) return 1 ;;
    esac
}

check_desktop() {
    can_hold "$links" || fail "the folder $links cannot be written to (see $at)"
    menu_is_free || return 0
    for folder in "$data/applications" "$data/mime/packages" "$data/icons/hicolor"; do
        can_hold "$folder" || fail "the folder $folder cannot be written to (see $at)"
    done
    for file in "$entry" "$data/mime/packages/fovea.xml"; do
        [ ! -e "$file" ] || { [ -f "$file" ] && [ -w "$file" ]; } || fail "$file cannot be written"
    done
}

check_itself() {
    [ "$(wc -c <"$0")" -eq $((HEADER + SIZE)) ] ||
        fail 'the file is not complete: download or copy it again'
    say 'Checking the file ...'
    sum=$(tail -c +$((HEADER + 1)) "$0" | sha256sum)
    [ "${sum%% *}" = "$SHA256" ] || fail 'the file is damaged (SHA-256): download or copy it again'
}

# What a killed installer left, and trees that no process runs from and nothing points to.
sweep() {
    rm -rf "$prefix"/.fovea-*
    for folder in "$prefix"/tree-*; do
        is_ours "$folder" || continue
        [ "$(readlink -f "$prefix/current" || :)" = "$folder" ] && continue
        runs_from "$folder" || discard "$folder"
    done
}

# Somebody may keep a folder of his own here, whatever its name.
is_ours() {
    [ -d "$1" ] && [ ! -h "$1" ] && [ -e "$1/COMPLETE" ]
}

# Renamed first: half removed, it could have lost the mark that says whose it is.
discard() {
    mv -T "$1" "$prefix/.fovea-old-$$" && rm -rf "$prefix/.fovea-old-$$"
}

runs_from() {
    real=$(readlink -f "$1")
    for process in /proc/[0-9]*/exe; do
        case $(readlink "$process" 2>/dev/null || :) in
            "$real"/*) return 0 ;;
        esac
    done
    return 1
}

unpack() {
    new=$prefix/.fovea-new-$$
    say "Installing Fovea @VERSION@ into $prefix ..."
    rm -rf "$prefix"/.fovea-*
    mkdir "$new"
    tail -c +$((HEADER + 1)) "$0" | gzip -dc | tar -x -o -f - -C "$new" || fail 'it could not be unpacked'
    [ -e "$new/COMPLETE" ] || fail 'it could not be unpacked'
}

# The renaming of one link is the moment of change: before it all of the old program is there,
# after it all of the new one. What fails after it is told, and is no failure.
switch() {
    head -c "$HEADER" "$0" >"$prefix/.fovea-uninstall-$$"
    chmod 755 "$prefix/.fovea-uninstall-$$"
    tree=tree-@VERSION@-$(date +%s)-$$
    mv "$new" "$prefix/$tree"
    sync
    # The rest takes a moment, and half of it would help nobody.
    trap '' HUP INT TERM
    ln -s "$tree" "$prefix/.fovea-current-$$"
    mv -fT "$prefix/.fovea-current-$$" "$prefix/current"
    mv -fT "$prefix/.fovea-uninstall-$$" "$prefix/uninstall" ||
        warn "$prefix/uninstall could not be written: repeat the installation"
    new=
}

add_to_desktop() {
    if menu_is_free; then
        add_to_menu || warn 'its menu entry could not be written: repeat the installation'
    else
        say "The menu entry $entry starts another ($owner) and stays as it is."
    fi
    add_links || warn "the commands in $links could not be written: repeat the installation"
    refresh_desktop
}

add_to_menu() {
    share=$prefix/current/share
    mkdir -p "$data/applications" "$data/mime/packages" &&
        menu_entry >"$entry" &&
        cp "$share/mime/packages/fovea.xml" "$data/mime/packages/fovea.xml" &&
        (cd "$share" && find icons -name 'fovea.*') | (
            while IFS= read -r icon; do
                mkdir -p "$data/$(dirname "$icon")" && cp "$share/$icon" "$data/$icon" || exit 1
            done
        )
}

menu_entry() {
    while IFS= read -r line; do
        case $line in
            Exec=*) printf 'Exec="%s" %%f\n' "$prefix/current/bin/fovea" ;;
            TryExec=*) printf 'TryExec=%s\n' "$prefix/current/bin/fovea" ;;
            *) printf '%s\n' "$line" ;;
        esac || return 1
    done <"$share/applications/fovea.desktop"
}

add_links() {
    mkdir -p "$links" || return 1
    for name in fovea fovea-engine; do
        if leads_here "$links/$name" || is_free "$links/$name"; then
            ln -sfn "$prefix/current/bin/$name" "$links/$name" || return 1
        else
            say "$links/$name is somebody else's and stays as it is."
        fi
    done
}

# Whether nothing is at $1, or a link to a Fovea that is gone.
is_free() {
    [ ! -e "$1" ] || return 1
    case $(readlink -- "$1" || :) in
        '' | */current/bin/"${1##*/}") return 0 ;;
    esac
    return 1
}

# Whether $1 is a link into our prefix, also one that leads nowhere any more.
leads_here() {
    [ -h "$1" ] || return 1
    case $(readlink -m -- "$1") in
        "$prefix"/*) return 0 ;;
    esac
    return 1
}

refresh_desktop() {
    if command -v update-desktop-database >/dev/null; then
        update-desktop-database -q "$data/applications" || :
    fi
    if command -v update-mime-database >/dev/null && [ -d "$data/mime/packages" ]; then
        update-mime-database "$data/mime" || :
    fi
}

# The entry goes last: it says whose the others are.
remove_from_menu() {
    rm -f "$data/mime/packages/fovea.xml"
    find "$data/icons/hicolor" -path '*/apps/fovea.png' -exec rm -f {} + 2>/dev/null || :
    rm -f "$data/icons/hicolor/scalable/apps/fovea.svg" "$entry"
    refresh_desktop
}

uninstall() {
    for folder in "$prefix"/tree-*; do
        is_ours "$folder" || continue
        runs_from "$folder" && fail 'it is running: close it, then remove it'
    done
    for name in fovea fovea-engine; do
        ! leads_here "$links/$name" || rm -f "$links/$name"
    done
    [ "$(owner_of_menu)" != "$prefix" ] || remove_from_menu
    rm -f "$prefix/current"
    for folder in "$prefix"/tree-*; do
        ! is_ours "$folder" || discard "$folder"
    done
    rm -rf "$prefix"/.fovea-*
    rm -f "$prefix/uninstall" "$prefix/uninstall.new" "$prefix/.fovea"
    rmdir "$prefix" 2>/dev/null || :
    say 'Fovea is removed. Your projects and settings are where they were.'
}

read_options "$@"
trap 'end $?' EXIT
trap 'exit 130' HUP INT TERM
check_tools
settle_places
if [ "$action" = remove ]; then
    lock
    uninstall
    exit 0
fi
check_system
check_place
check_desktop
check_itself
lock
unpack
switch
add_to_desktop
sweep || warn 'an older one could not be removed'
say "Done. Start Fovea from the menu, or with $prefix/current/bin/fovea"
exit 0
