"""Which engine a deployment's settings name."""

from core.config import Config
from core.errors import Unavailable
from search.engines.elastic import Elastic
from search.engines.embedded import Embedded
from search.engines.protocol import Index


class UnknownIndex(Unavailable):
    """The setting of the index names none that can be used."""


def open_engine(config: Config) -> Index:
    """The engine of a deployment; nothing is asked of it yet, so the house opens while Elasticsearch is away.

    Raises `UnknownIndex` when the setting is no address.
    """
    if config.index_url == "embedded":
        return Embedded(config.instance / "index")
    try:
        return Elastic(config.index_url, config.index_prefix)
    except ValueError as fault:
        raise UnknownIndex("the setting index_url is no address; write embedded or http://host:9200") from fault
