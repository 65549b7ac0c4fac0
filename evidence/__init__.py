"""Evidence under seal: exhibits, files, custody, the vault, text and money."""
