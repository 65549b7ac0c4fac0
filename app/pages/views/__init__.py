"""What the pages show, as plain frozen values: no session, no request, nothing to look up."""
