"""Benchmarks of afterchat: a package of its own, outside `src`, that nothing of the product imports.

`python -m bench` runs the standard set, `python -m bench SCENARIO` one question.
README.md beside this file says what is compared, how to read it, and how far to trust it.
"""
