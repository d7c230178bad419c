#!/bin/sh
# Pastes the settings that the README recommends for a server in earnest, up to its start, and has them checked.
set -eu
bin=$1
lines=$(awk '/<!-- real: begin -->/{on=1;next} /<!-- real: end -->/{on=0} on && !/^```/' "$(dirname "$0")/../README.md" |
    sed -e 's#^cargo build --release && ##' -e "s#\\\$PWD/target/release#$(dirname "$bin")#" -e 's# && guardhouse serve$##')
shown=$(env -i PATH="$PATH" sh -eu -c "$lines" 2>&1) || { printf '%s\n' "$shown" "the README's settings are refused" >&2; exit 1; }
case $shown in
*"warning: "* | "") printf '%s\n' "$shown" "the README's settings are not good" >&2; exit 1 ;;
*"The settings are good for the profile \`production\`."*) ;;
*) printf '%s\n' "$shown" "nothing checked the README's settings" >&2; exit 1 ;;
esac
