"""The sending end: events of sessions in, signed pushes out, until each is answered."""
