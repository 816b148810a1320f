#!/usr/bin/env bash
# Makes .venv: finds a Python, installs the pinned packages and femnn itself (editable), and checks the result.
# make calls it when .venv/.ready is missing, or older than pyproject.toml, requirements.lock or this file.
#   tools/setup.sh                 set up; make env PYTHON=/path/to/python3 to choose the Python
#   tools/setup.sh --print-python  only print the Python that would be used
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$(pwd -P)
ready=.venv/.ready

# An environment cannot be made from itself: leave .venv out of the search, whoever put it on the PATH.
IFS=: read -ra folders <<<"$PATH"
search=
for folder in "${folders[@]}"; do [ "$folder" -ef .venv/bin ] || search+=${search:+:}$folder; done
export PATH=$search

say() { printf 'setup: %s\n' "$*" >&2; }
fail() { printf 'setup: %s\n' "$@" >&2; exit 1; }

# Fits if it runs, is CPython >= 3.12, can make an environment, and has the C headers (forms are compiled at run time).
probe='
import os, sys
if sys.version_info < (3, 12):
    sys.exit("is Python %d.%d" % sys.version_info[:2])
import sysconfig
if sys.implementation.name != "cpython" or sysconfig.get_config_var("Py_GIL_DISABLED"):
    sys.exit("is not the standard CPython")
try:
    import ensurepip, venv
except ImportError as error:
    sys.exit("has no module %s" % error.name)
if not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")):
    sys.exit("has no C headers (Python.h)")
print(sys.executable)
'

candidates() {
    local name
    if [ -n "${PYTHON:-}" ]; then printf '%s\n' "$PYTHON"; fi
    if [ -n "${CONDA_PREFIX:-}" ] && with_dolfinx "$CONDA_PREFIX/bin/python"; then echo "$CONDA_PREFIX/bin/python"; fi
    for name in python3.14 python3.13 python3.12 python3; do type -aP "$name" || true; done
    for name in "${PYENV_ROOT:-${HOME:-}/.pyenv}"/versions/3.1[2-9]*/bin/python3; do echo "$name"; done
}

# A conda Python that brings DOLFINx: .venv then builds on its packages instead of requirements.lock.
with_dolfinx() {
    "$1" -c 'import os, sys; assert os.path.isdir(sys.prefix + "/conda-meta"); import dolfinx' >/dev/null 2>&1
}

find_python() {
    local path answer passed_over=()
    while IFS= read -r path; do
        if [ ! -x "$path" ] && [ "$path" != "${PYTHON:-}" ]; then continue; fi
        answer=$("$path" -c "$probe" 2>&1) && python=${answer##*$'\n'} || python=
        if [ "$(dirname "$python")" -ef .venv/bin ]; then continue; fi
        if [ -n "$python" ]; then return; fi
        answer=${answer%%$'\n'*}
        passed_over+=("  $path: ${answer:=does not run}")
        if [ "$path" = "${PYTHON:-}" ]; then say "PYTHON=$path is passed over: $answer"; fi
    done < <(candidates)
    fail "no Python fits: 3.12 or newer with venv and C headers is needed. Passed over:" "${passed_over[@]:-  none found}" \
        "Get one in any of these ways, then call make again:" \
        "  apt install python3-dev python3-venv      (Debian 13, Ubuntu 24.04 or newer)" \
        "  pyenv install 3.12" \
        "  conda env create -f environment.yml && conda activate femnn" \
        "or name one: make env PYTHON=/path/to/python3"
}

check_compiler() {
    local cc compilers=(cc gcc)
    if [ -n "${CC:-}" ]; then compilers=("$CC"); fi
    for cc in "${compilers[@]}"; do
        # shellcheck disable=SC2086  # CC may carry options
        if $cc -x c -fsyntax-only - <<<'#include <complex.h>' 2>/dev/null; then return; fi
    done
    fail "no working C compiler (\$CC, cc or gcc): DOLFINx compiles forms at run time." \
        "Get one with: apt install gcc libc6-dev    or: conda install -c conda-forge c-compiler"
}

check_platform() {
    [ "$(uname -sm)" = "Linux x86_64" ] || fail "the DOLFINx wheel is for Linux on x86_64, this is $(uname -sm)." \
        "Use conda here: conda env create -f environment.yml && conda activate femnn, then call make again"
}

# Only a finished .venv that has not been moved is updated in place; anything else is rebuilt.
reusable() { [ "$(cat "$ready" 2>/dev/null)" = "$root" ] && .venv/bin/python -m pip --version >/dev/null 2>&1; }

create() {
    find_python
    check_compiler
    local options=()
    if with_dolfinx "$python"; then
        options=(--system-site-packages)
        say "using $("$python" -V) and DOLFINx of $python"
    else
        check_platform
        say "using $("$python" -V) of $python"
    fi
    rm -rf .venv
    "$python" -m venv "${options[@]}" .venv >"$log" 2>&1
}

pip() { .venv/bin/python -m pip "$@" --disable-pip-version-check --no-input >"$log" 2>&1; }

install() {
    if grep -q 'include-system-site-packages = true' .venv/pyvenv.cfg; then
        pip install --no-deps --no-build-isolation -e . || return
        if ! pip check && grep '^femnn ' "$log" >"$log.femnn"; then
            mv "$log.femnn" "$log"
            say "the conda environment lacks packages; this brings them: conda env update -f environment.yml"
            return 1
        fi
    else
        say "installing the packages of requirements.lock (a minute or two the first time)"
        pip install --only-binary :all: -r requirements.lock || return
        pip install --no-deps --no-build-isolation -e . || return
    fi
    say "checking the installation"
    .venv/bin/python -I -c 'import femnn' >"$log" 2>&1
}

if [ "${1:-}" = --print-python ]; then find_python; printf '%s\n' "$python"; exit; fi

log=$(mktemp)
trap 'rm -f "$log" "$log.femnn"' EXIT
start=$SECONDS
updated=no
if reusable; then
    rm "$ready"
    say "updating .venv"
    if install; then updated=yes; else say "that failed, so .venv is rebuilt"; fi
fi
if [ "$updated" = no ] && ! { create && install; }; then
    tail -n 30 "$log" >&2
    fail "the set-up failed, see above. Call make again, or try another Python: make env PYTHON=/path/to/python3.12"
fi
.venv/bin/python -I -c 'import gmsh' 2>/dev/null || say "note: gmsh does not load, so solid meshes cannot be made;" \
    "apt install libglu1-mesa libxcursor1 libxft2 libxinerama1 libxrender1 (or see the conda route) mends it"
printf '%s\n' "$root" >"$ready"
say "ready: .venv ($((SECONDS - start)) s)"
