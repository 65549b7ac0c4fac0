"""The master key and who keeps it: a file, a passphrase, a token; and how it comes back from shares."""
