"""Who is measured: one contender, one file, each a server program that runs in a fresh process.

A contender listens on a free port of 127.0.0.1 and then writes a ready file: one JSON object with `url` and `pid`.
It answers `POST /push?eventType=&time=&checksum=` with 200 `{}` after its commit (WAL, synchronous=FULL).
It stops at SIGTERM.
Window and checksum are verified by all of them; the no-op is the exception and says so in its file.
"""
