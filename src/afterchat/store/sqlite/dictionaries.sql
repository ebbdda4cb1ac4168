-- Statements about the dictionaries of a database whose bodies are compressed: the inbox and the sender's.

-- name: find_dictionary
-- The id under which a dictionary is kept.
SELECT id FROM dictionary WHERE sha256 = ?;

-- name: insert_dictionary
-- Keeps a dictionary for as long as the database lives, unless another process was quicker.
INSERT INTO dictionary (sha256, bytes) VALUES (?, ?) ON CONFLICT (sha256) DO NOTHING;

-- name: dictionary_bytes
-- The dictionary that a row was compressed with.
SELECT bytes FROM dictionary WHERE id = ?;
