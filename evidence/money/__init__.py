"""Money: statements of account read into records, each citing its file and place, as written and as read."""
