"""The store over SQL: what every backend does alike, written once over a connection that knows its dialect."""
