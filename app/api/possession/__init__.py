"""API: how continuous a custody is, what people state about it, and what waits for a decision."""
