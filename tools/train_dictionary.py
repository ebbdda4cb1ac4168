"""Train the dictionary that new stores compress bodies with: `python tools/train_dictionary.py`.

It is trained on strangers' sessions, so it knows the shape of a body and nobody's words.
A store keeps the dictionary that it was made with, so a new one changes nothing for old stores.
The result depends on the release of zstd, so it is committed and not compared.
"""

from itertools import islice
from pathlib import Path

import zstandard

from afterchat.contract.codec import encode
from afterchat.simulator.strangers import strangers_sessions

TARGET = Path(__file__).resolve().parent.parent / "src/afterchat/store/sql/bodies.dictionary"
DICTIONARY_BYTES = 8192
"""16 KiB gained nothing on strangers' bodies, 4 KiB lost 2 %."""
SEEDS = range(1000, 1020)
SESSIONS_PER_SEED = 100
DAY_MS = 86_400_000
FIRST_MS = 1_750_000_000_000
LEVEL = 3

if __name__ == "__main__":
    samples = [
        encode(session)
        for day, seed in enumerate(SEEDS)
        for session in islice(strangers_sessions(seed, FIRST_MS + day * 20 * DAY_MS), SESSIONS_PER_SEED)
    ]
    trained = zstandard.train_dictionary(DICTIONARY_BYTES, samples, level=LEVEL)
    TARGET.write_bytes(trained.as_bytes())
    print(f"{TARGET}: {len(trained.as_bytes())} bytes from {len(samples)} bodies")
