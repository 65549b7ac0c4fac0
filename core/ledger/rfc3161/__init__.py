"""Time stamps of RFC 3161: what is asked, what is checked, and who signed."""
