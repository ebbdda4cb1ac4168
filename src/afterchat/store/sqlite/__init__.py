"""The SQLite adapter: four databases in a folder, one writing process for each of the three that are busy."""
