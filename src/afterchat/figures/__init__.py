"""Numbers that carry their definition: one table of figures, one table of groupings, one evaluation of both.

Cards, charts, tables, API answers and export columns of figures all come from `evaluation.compute`, so they agree.
Nothing here reads a file, a clock or a request: a snapshot of the columns goes in, numbers with their words come out.
"""
