"""One question, one file; each has a QUESTION and a `run(session)` that answers with figures."""
