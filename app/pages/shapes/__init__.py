"""The things of the wings as the pages show them: each module shapes the values of one subject."""
