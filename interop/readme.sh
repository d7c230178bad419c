#!/bin/sh
# Pastes the README's curl lines, as a newcomer does, and checks what they show.
set -eu
url=$1
lines=$(awk '/<!-- try: begin -->/{on=1;next} /<!-- try: end -->/{on=0} on && !/^```/' "$(dirname "$0")/../README.md" |
    sed "s#http://localhost:8700#$url#g")
shown=$(sh -eu -c "$lines" 2>&1)
expect() {
    case $shown in *"$1"*) ;; *) printf '%s\n' "$shown" "the README promises: $1" >&2; exit 1 ;; esac
}
expect '"access_token":"'
expect '"refresh_token":"gdr_'
expect '"email":"carol@example.com"'
expect '"code":"TOKEN_REVOKED"'
