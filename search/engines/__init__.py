"""The engines behind the search: each proposes hits, none of them decides."""
