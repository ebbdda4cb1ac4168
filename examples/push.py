"""Sign one record and push it, with Python 3 and nothing else.

Usage: AFTERCHAT_SECRET=... python3 push.py http://127.0.0.1:8000/push record.json
"""

import hashlib
import os
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

url, file = sys.argv[1:]
body = Path(file).read_bytes()  # bytes: sign exactly what is sent
now = str(int(time.time()))
text = os.environ["AFTERCHAT_SECRET"] + hashlib.md5(body).hexdigest() + now
checksum = hashlib.sha1(text.encode()).hexdigest()

request = urllib.request.Request(
    f"{url}?eventType=DATA_ONLINE_SESSION_END&time={now}&checksum={checksum}",
    data=body,
    headers={"Content-Type": "application/json;charset=utf-8"},
)
try:
    with urllib.request.urlopen(request, timeout=10) as answer:
        print(answer.read().decode())
except urllib.error.HTTPError as refusal:
    sys.exit(refusal.read().decode())
