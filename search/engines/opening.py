"""Which engine a deployment's settings name."""

from core.config import Config
from search.engines.elastic import Elastic
from search.engines.embedded import Embedded
from search.engines.protocol import Index


def open_engine(config: Config) -> Index:
    """The engine of a deployment; nothing is asked of it yet, so the house opens while Elasticsearch is away."""
    if config.index_url == "embedded":
        return Embedded(config.instance / "index")
    return Elastic(config.index_url, config.index_prefix)
