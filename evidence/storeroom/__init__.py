"""Where things lie and how they are closed: places down to the shelf, seals by number, and the codes on labels."""
