"""Resumable uploads: sessions, parts in any order, what is put together at the end, and the sheet of a sender."""
