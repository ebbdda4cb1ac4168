"""What both ends of the push agree on; pure."""
