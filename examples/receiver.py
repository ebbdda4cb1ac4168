"""The smallest honest receiver: verify, store, only then answer `{}`.

Usage: AFTERCHAT_SECRET=... python3 receiver.py 8001
"""

import hashlib
import hmac
import os
import sqlite3
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

store = sqlite3.connect("pushes.db", isolation_level=None)
store.execute("PRAGMA synchronous=FULL")
store.execute("CREATE TABLE IF NOT EXISTS push (sha256 TEXT PRIMARY KEY, body BLOB)")


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(min(int(self.headers.get("Content-Length", 0)), 262_144))
        query = parse_qs(urlsplit(self.path).query)
        signed = query.get("time", [""])[0].encode()
        digest = hashlib.md5(body).hexdigest().encode()
        expected = hashlib.sha1(os.environ["AFTERCHAT_SECRET"].encode() + digest + signed).hexdigest()
        is_recent = len(signed) == 10 and signed.isdigit() and abs(time.time() - int(signed)) <= 300
        claimed = query.get("checksum", [""])[0]
        if not is_recent or not hmac.compare_digest(expected.encode(), claimed.encode()):
            return self.answer(401, b'{"code":14002}')
        store.execute("INSERT OR IGNORE INTO push VALUES (?, ?)", (hashlib.sha256(body).hexdigest(), body))
        return self.answer(200, b"{}")

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


HTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()
