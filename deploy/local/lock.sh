#!/usr/bin/env bash
# Resolves all versions anew and writes every lock: names, versions and hashes, never an address.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

uv=.venv/bin/uv
plain=(--quiet --no-annotate --no-header)
export=("$uv" export --frozen "${plain[@]}" --no-emit-workspace)

"$uv" lock --quiet --upgrade
"${export[@]}" --all-packages --all-groups --extra torch --output-file requirements.lock
locks=(requirements.lock requirements-uv.lock)
shopt -s nullglob
for member in services/*/pyproject.toml; do
    folder=$(dirname "$member")
    model=()
    if grep -q '^torch = ' "$member"; then model=(--extra torch); fi
    "${export[@]}" --package "assort-${folder##*/}" "${model[@]}" --no-default-groups \
        --output-file "$folder/requirements.lock"
    locks+=("$folder/requirements.lock")
done
"$uv" --version | sed -E 's/uv ([^ ]+).*/uv==\1/' |
    "$uv" pip compile "${plain[@]}" --universal --generate-hashes --output-file requirements-uv.lock -

if grep -n '://' "${locks[@]}"; then
    echo "error: a lock holds an address" >&2
    exit 1
fi
wc -l "${locks[@]}"
