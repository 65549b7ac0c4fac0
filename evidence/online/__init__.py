"""What was collected online: where, by whom, when, with what, and which of its parts are here (COC-14)."""
