"""How each field of the record is computed: the computation, the rule in words and worked examples, side by side."""
