"""One reader for each family of files; they run only inside the sandbox."""
