"""HTTP/1.1 for the whole port: bytes to requests, answers to bytes, with one deadline and one set of caps."""
