"""The SQLite adapter: three databases in a folder, one writing process for each of the two that are busy."""
