"""The store over PostgreSQL: many processes on many machines over one database."""
