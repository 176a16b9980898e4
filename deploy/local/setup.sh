#!/usr/bin/env bash
# Makes .venv and installs what is locked, then the members given as arguments, editable.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

usable='import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))'

find_python() {
    for name in python3.11 python3.12 python3.13 python3.14 python3; do
        # Trying tells more than looking: a shim on the PATH may stand for nothing.
        if "$name" -c "$usable" 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    echo "error: Python 3.11 or newer, with venv, is needed and not on the PATH." >&2
    echo "Install it (Debian, Ubuntu: apt-get install python3 python3-venv) and run this again." >&2
    return 1
}

if ! .venv/bin/python -c "$usable" 2>/dev/null; then
    python=$(find_python)
    echo "making .venv with $("$python" --version)"
    "$python" -m venv --clear .venv
fi

.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock
# Trust whom the machine trusts: uv would otherwise bring its own list, which no company proxy is on.
export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-1}"
# The environment is named, so that another one that is active is left alone.
install=(.venv/bin/uv pip install --quiet --python .venv/bin/python)
"${install[@]}" --require-hashes -r requirements.lock
"${install[@]}" --no-deps --no-build-isolation "${@/#/--editable=./}"
.venv/bin/python -m local install
