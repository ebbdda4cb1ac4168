#!/bin/sh
# Signs one record and pushes it, with curl and openssl.
# Usage: AFTERCHAT_SECRET=... sh push.sh http://127.0.0.1:8000/push record.json
set -eu
url=$1
file=$2
time=$(date +%s)
md5=$(openssl dgst -md5 -r "$file" | cut -c1-32)
checksum=$(printf '%s%s%s' "$AFTERCHAT_SECRET" "$md5" "$time" | openssl dgst -sha1 -r | cut -c1-40)
curl --silent --show-error --fail-with-body \
  --header 'Content-Type: application/json;charset=utf-8' \
  --data-binary "@$file" \
  "$url?eventType=DATA_ONLINE_SESSION_END&time=$time&checksum=$checksum"
